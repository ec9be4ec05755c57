import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { LinkMap, WaitPage } from '@span-links/explorer-api';
import { ProblemException } from '@span-links/service-shell';
import { MapReader } from '@span-links/trace-store';
import { ApiAnswer } from './api-answers.ts';
import { ApiParameters, mapParameters, parseParameters, rangeOrLastHour } from './parameters.ts';

@ApiTags('map')
@Controller('api/v1')
export class MapController {
  constructor(private readonly reader: MapReader) {}

  @Get('map')
  @ApiOperation({
    summary: 'Operations, the calls and the links between them, with their rates, errors and times.',
    description:
      'Spans are counted about two seconds after they came in, by the minute in which they started; longer ranges than 90 minutes by ten minutes, than a day by the hour. A call or a link counts when both of its ends are here, whatever came first. The last hour by default, 31 days at most.',
  })
  @ApiParameters(mapParameters)
  @ApiAnswer('LinkMap')
  async map(@Query() parameters: unknown): Promise<LinkMap> {
    return inRange(parameters, (from, to) => this.reader.map(from, to));
  }

  @Get('waits')
  @ApiOperation({
    summary: 'How long messages waited between two operations, over time.',
    description:
      'The 24 most frequent links of the map, each with its waits by column of time, with how many messages arrived and were picked up. `waiting` counts the journeys that wait now, of the oldest 5,000.',
  })
  @ApiParameters(mapParameters)
  @ApiAnswer('WaitPage')
  async waits(@Query() parameters: unknown): Promise<WaitPage> {
    return inRange(parameters, (from, to) => this.reader.waits(from, to));
  }
}

async function inRange<Answer>(
  parameters: unknown,
  answer: (from: bigint, to: bigint) => Promise<Answer>,
): Promise<Answer> {
  const { from, to } = rangeOrLastHour(parseParameters(mapParameters, parameters));
  try {
    return await answer(from, to);
  } catch (error) {
    if (error instanceof RangeError) throw new ProblemException({ status: 400, detail: `${error.message}.` });
    throw error;
  }
}
