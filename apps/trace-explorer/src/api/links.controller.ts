import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { LinkAttributes, LinkGroups } from '@span-links/explorer-api';
import { TraceReader } from '@span-links/trace-store';
import { ApiAnswer } from './api-answers.ts';
import { notHere, spanIdOf, traceIdOf } from './ids.ts';
import { linkFilter, linkOptions } from './link-options.ts';
import {
  ApiParameters,
  linkDirectionParameters,
  linkGroupParameters,
  linkParameters,
  parseParameters,
} from './parameters.ts';

const NO_SPAN = { 404: 'This span is not here.' };

@ApiTags('traces')
@Controller('api/v1/traces/:traceId/spans/:spanId/links')
export class LinksController {
  constructor(private readonly reader: TraceReader) {}

  @Get('')
  @ApiOperation({ summary: 'The links of a span in one direction, each with its other end.' })
  @ApiParameters(linkParameters)
  @ApiAnswer('LinkPage', NO_SPAN)
  @Header('content-type', 'application/json; charset=utf-8')
  async links(
    @Param('traceId') traceId: string,
    @Param('spanId') spanId: string,
    @Query() parameters: unknown,
  ): Promise<string> {
    const options = linkOptions(parseParameters(linkParameters, parameters));
    return (await this.reader.linksJson(traceIdOf(traceId), spanIdOf(spanId), options)) ?? fail();
  }

  @Get('attributes')
  @ApiOperation({ summary: 'Keys of attributes of the links of a span and of their other ends.' })
  @ApiParameters(linkDirectionParameters)
  @ApiAnswer('LinkAttributes', NO_SPAN)
  async attributes(
    @Param('traceId') traceId: string,
    @Param('spanId') spanId: string,
    @Query() parameters: unknown,
  ): Promise<LinkAttributes> {
    const { direction } = parseParameters(linkDirectionParameters, parameters);
    return (await this.reader.linkAttributes(traceIdOf(traceId), spanIdOf(spanId), direction)) ?? fail();
  }

  @Get('groups')
  @ApiOperation({ summary: 'The number of links by the value of an attribute of either end.' })
  @ApiParameters(linkGroupParameters)
  @ApiAnswer('LinkGroups', NO_SPAN)
  async groups(
    @Param('traceId') traceId: string,
    @Param('spanId') spanId: string,
    @Query() parameters: unknown,
  ): Promise<LinkGroups> {
    const { by, ...rest } = parseParameters(linkGroupParameters, parameters);
    const options = { direction: rest.direction, filter: linkFilter(rest) };
    return (await this.reader.linkGroups(traceIdOf(traceId), spanIdOf(spanId), options, by)) ?? fail();
  }
}

function fail(): never {
  throw notHere('span');
}
