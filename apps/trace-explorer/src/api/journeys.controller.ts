import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { JourneyPage, JourneyView } from '@span-links/explorer-api';
import { JourneyReader, TraceReader } from '@span-links/trace-store';
import { ApiAnswer } from './api-answers.ts';
import { notHere, traceIdOf } from './ids.ts';
import { ApiParameters, journeyParameters, parseParameters } from './parameters.ts';
import { hinted } from './search-hint.ts';
import { parsedQuery } from './search-query.ts';

@ApiTags('journeys')
@Controller('api/v1/journeys')
export class JourneysController {
  constructor(
    private readonly reader: JourneyReader,
    private readonly traces: TraceReader,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Journeys of which one span fulfils the query, newest first or by their total or waiting time.',
    description:
      'A journey begins at a trace that links to nothing earlier and holds all that follows from it over links. It shows up about two seconds after its spans came in. With `link`, the newest 5,000 spans with such links count, and 2,000 journeys at most.',
  })
  @ApiParameters(journeyParameters)
  @ApiAnswer('JourneyPage')
  async journeys(@Query() parameters: unknown): Promise<JourneyPage> {
    const { q, from, to, link, linkFrom, linkTo, waitFrom, waitTo, ...page } = parseParameters(
      journeyParameters,
      parameters,
    );
    const crossed = link && {
      links: link,
      fromNs: linkFrom,
      toNs: linkTo,
      waitFromNs: waitFrom,
      waitToNs: waitTo,
    };
    const query = parsedQuery(q);
    const found = await this.reader.search(query, { ...page, fromNs: from, toNs: to, crossed });
    return found.journeys.length > 0 ? found : { ...found, ...(await hinted(this.traces, query)) };
  }

  @Get(':traceId')
  @ApiOperation({
    summary: 'The journey that a trace begins or is part of, with its units for a waterfall.',
    description:
      'A trace that is part of several, such as a batch, leads to the newest of them; `memberOf` counts them.',
  })
  @ApiAnswer('JourneyView', { 404: 'The trace is part of no journey, or has not been received.' })
  async journey(@Param('traceId') traceId: string): Promise<JourneyView> {
    const journey = await this.reader.journey(traceIdOf(traceId));
    if (!journey) throw notHere('journey');
    return journey;
  }
}
