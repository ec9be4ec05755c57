import type {
  JourneyPage,
  JourneyView,
  LinkPage,
  LogPage,
  SpanDetail,
  SpanPage,
  TraceView,
} from '@span-links/explorer-api';

/** Parameters of a request, as in its query string. */
export type ReadParameters = Readonly<Record<string, string>>;

/** The reads of the tools: the needed parts of the HTTP API, in this process or over HTTP. */
export interface ExplorerReads {
  journeys(parameters: ReadParameters): Promise<JourneyPage>;
  journey(traceId: string): Promise<JourneyView>;
  spans(parameters: ReadParameters): Promise<SpanPage>;
  trace(traceId: string): Promise<TraceView>;
  span(traceId: string, spanId: string): Promise<SpanDetail>;
  links(traceId: string, spanId: string, parameters: ReadParameters): Promise<LinkPage>;
  logs(parameters: ReadParameters): Promise<LogPage>;
}

/**
 * The place of an error in a query, for the end of a sentence; empty if the answer has no place.
 */
export function placeInQuery(problem: Readonly<Record<string, unknown>> = {}): string {
  const { from } = problem;
  return typeof from === 'number' ? `, at character ${from + 1} of the query` : '';
}

/** A failure for the caller of a tool, as a sentence. */
export class ReadError extends Error {
  override readonly name = 'ReadError';

  constructor(
    message: string,
    /** The HTTP status if the explorer answered. */
    readonly status: number | undefined,
  ) {
    super(message);
  }
}
