import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type {
  ErrorPage,
  LinkGraph,
  LogPage,
  SpanDetail,
  SpanMatches,
  SpanPage,
  TraceNames,
  TracePage,
  TraceView,
} from '@span-links/explorer-api';
import { TraceReader } from '@span-links/trace-store';
import { ApiAnswer } from './api-answers.ts';
import { notHere, spanIdOf, traceIdOf } from './ids.ts';
import {
  ApiParameters,
  findParameters,
  graphParameters,
  logParameters,
  mapParameters,
  parseParameters,
  rangeOrLastHour,
  searchParameters,
  traceNamesParameters,
} from './parameters.ts';
import { hinted } from './search-hint.ts';
import { searchQuery } from './search-query.ts';

const NO_TRACE = { 404: 'No span of this trace is here.' };
const NO_SPAN = { 404: 'This span is not here.' };

@ApiTags('traces')
@Controller('api/v1')
export class TracesController {
  constructor(private readonly reader: TraceReader) {}

  @Get('traces')
  @ApiOperation({
    summary: 'Traces of which one span fulfils the query and starts within the time range, newest first.',
  })
  @ApiParameters(searchParameters)
  @ApiAnswer('TracePage')
  async traces(@Query() parameters: unknown): Promise<TracePage> {
    const { q, from, to, ...page } = parseParameters(searchParameters, parameters);
    const query = searchQuery(q);
    const found = await this.reader.searchTraces(query, { ...page, fromNs: from, toNs: to });
    return found.traces.length > 0 ? found : { ...found, ...(await hinted(this.reader, query)) };
  }

  @Get('trace-names')
  @ApiOperation({ summary: 'Attributes that tell traces from others of their kind, such as order.id.' })
  @ApiParameters(traceNamesParameters)
  @ApiAnswer('TraceNames')
  async names(@Query() parameters: unknown): Promise<TraceNames> {
    return this.reader.names(parseParameters(traceNamesParameters, parameters).traceId);
  }

  @Get('spans')
  @ApiOperation({ summary: 'Spans that fulfil the query, newest first.' })
  @ApiParameters(searchParameters)
  @ApiAnswer('SpanPage')
  async spans(@Query() parameters: unknown): Promise<SpanPage> {
    const { q, from, to, ...page } = parseParameters(searchParameters, parameters);
    const query = searchQuery(q);
    const found = await this.reader.searchSpans(query, { ...page, fromNs: from, toNs: to });
    return found.spans.length > 0 ? found : { ...found, ...(await hinted(this.reader, query)) };
  }

  @Get('traces/:traceId')
  @ApiOperation({ summary: 'A trace with its spans, and how many links each bears and is the target of.' })
  @ApiAnswer('TraceView', NO_TRACE)
  async trace(@Param('traceId') traceId: string): Promise<TraceView> {
    return (await this.reader.trace(traceIdOf(traceId))) ?? fail('trace');
  }

  @Get('traces/:traceId/find')
  @ApiOperation({
    summary: 'Spans of a trace whose attributes, events or messages hold all words of a text.',
  })
  @ApiParameters(findParameters)
  @ApiAnswer('SpanMatches')
  async find(@Param('traceId') traceId: string, @Query() parameters: unknown): Promise<SpanMatches> {
    return this.reader.find(traceIdOf(traceId), parseParameters(findParameters, parameters).text);
  }

  @Get('errors')
  @ApiOperation({
    summary: 'Errors by service, operation, exception and message, the most frequent first.',
    description: 'The newest 5,000 errors of the time count; the last hour by default.',
  })
  @ApiParameters(mapParameters)
  @ApiAnswer('ErrorPage')
  async errors(@Query() parameters: unknown): Promise<ErrorPage> {
    const { from, to } = rangeOrLastHour(parseParameters(mapParameters, parameters));
    return this.reader.errors(from, to);
  }

  @Get('logs')
  @ApiOperation({
    summary: 'Log records by time, the newest first by default; those without a trace too.',
    description:
      'An index finds log records by `traceId`, `event`, `service` and time. `text`, `severity` and a `spanId` alone are looked up record by record, at most 500,000 and 1.5 s a page; `searchedBackTo` then says how far.',
  })
  @ApiParameters(logParameters)
  @ApiAnswer('LogPage')
  async logs(@Query() parameters: unknown): Promise<LogPage> {
    const { from, to, severity, ...rest } = parseParameters(logParameters, parameters);
    return this.reader.logs({ ...rest, severity: severity || undefined, fromNs: from, toNs: to });
  }

  @Get('traces/:traceId/graph')
  @ApiOperation({ summary: 'The traces around one, joined by their links.' })
  @ApiParameters(graphParameters)
  @ApiAnswer('LinkGraph', NO_TRACE)
  async graph(@Param('traceId') traceId: string, @Query() parameters: unknown): Promise<LinkGraph> {
    const options = parseParameters(graphParameters, parameters);
    return (await this.reader.graph(traceIdOf(traceId), options)) ?? fail('trace or span');
  }

  @Get('traces/:traceId/spans/:spanId')
  @ApiOperation({ summary: 'Everything of a span but its links.' })
  @ApiAnswer('SpanDetail', NO_SPAN)
  async span(@Param('traceId') traceId: string, @Param('spanId') spanId: string): Promise<SpanDetail> {
    return (await this.reader.span(traceIdOf(traceId), spanIdOf(spanId))) ?? fail('span');
  }
}

function fail(what: string): never {
  throw notHere(what);
}
