import type { JourneyReader, TraceReader } from '@span-links/trace-store';
import { ProblemException } from '@span-links/service-shell';
import { JourneysController } from '../api/journeys.controller.ts';
import { storeProblem } from '../api/store-problems.ts';
import { LinksController } from '../api/links.controller.ts';
import { TracesController } from '../api/traces.controller.ts';
import { placeInQuery, ReadError, type ExplorerReads } from './explorer-reads.ts';

/** Reads with the handlers of the HTTP API, so that limits, checks and errors are the same. */
export function readsInProcess(reader: TraceReader, journeyReader: JourneyReader): ExplorerReads {
  const traces = new TracesController(reader);
  const links = new LinksController(reader);
  const journeys = new JourneysController(journeyReader, reader);
  return {
    journeys: (parameters) => told(() => journeys.journeys(parameters)),
    journey: (traceId) => told(() => journeys.journey(traceId)),
    spans: (parameters) => told(() => traces.spans(parameters)),
    trace: (traceId) => told(() => traces.trace(traceId)),
    span: (traceId, spanId) => told(() => traces.span(traceId, spanId)),
    logs: (parameters) => told(() => traces.logs(parameters)),
    links: (traceId, spanId, parameters) =>
      told(async () => JSON.parse(await links.links(traceId, spanId, parameters)) as never),
  };
}

/** @throws ReadError if the API would answer with a problem */
async function told<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const problem = error instanceof ProblemException ? error : storeProblem(error);
    if (problem === undefined) throw error;
    const { status, title, detail = title, errors } = problem.problem;
    const more = errors === undefined ? placeInQuery(problem.problem) : ` ${JSON.stringify(errors)}`;
    throw new ReadError(`${detail}${more}`, status);
  }
}
