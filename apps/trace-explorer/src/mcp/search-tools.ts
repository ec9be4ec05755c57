import type { SpanSummary } from '@span-links/explorer-api';
import { z } from 'zod';
import { durationText, listPage, named, textOf, timeText } from './answer.ts';
import type { ExplorerReads } from './explorer-reads.ts';
import { tool } from './tool.ts';
import { fromParameter, limit, query, since } from './tool-input.ts';

/** Limit of failed spans to read, newest first. */
const MAX_ERRORS = 500;

export const searchSpans = tool({
  name: 'search_spans',
  title: 'Search spans',
  description: 'Spans that fulfil a query, the newest first.',
  input: z.object({ query, since: since('24h'), limit: limit(20, 100) }),
  async run(reads, { query, since, limit }) {
    const parameters = { q: query, limit: String(limit), ...fromParameter(since) };
    const { spans, nextCursor, searchedBackTo } = await reads.spans(parameters);
    return {
      lines: spans.length === 0 ? ['No span fulfils this.'] : spans.map(spanLine),
      omitted: [
        nextCursor === null ? undefined : 'older spans; narrow the query or raise limit',
        searchedBackTo === null ? undefined : `spans before ${timeText(searchedBackTo)} were not searched`,
        'attributes and events',
      ],
      page: listPage('/traces', query),
    };
  },
});

export const errors = tool({
  name: 'errors',
  title: 'Errors',
  description:
    'What fails: spans with status error by service and operation, with their number and the newest message.',
  input: z.object({
    service: z.string().min(1).max(200).optional().describe('Only of this service'),
    since: since('1h'),
    limit: limit(10, 30),
  }),
  async run(reads, { service, since, limit }) {
    const q = service === undefined ? 'status=error' : `status=error service=${JSON.stringify(service)}`;
    const parameters = { q, limit: String(MAX_ERRORS), ...fromParameter(since) };
    const { spans, nextCursor } = await reads.spans(parameters);
    const groups = [...groupsOf(spans)].sort((a, b) => b.length - a.length);
    const shown = groups.slice(0, limit);
    const lines = await Promise.all(shown.map((group) => groupLine(reads, group)));
    return {
      lines: lines.length === 0 ? [`No span failed since ${since}.`] : lines,
      omitted: [
        groups.length > shown.length ? `${groups.length - shown.length} rarer kinds of errors` : undefined,
        nextCursor === null ? undefined : `errors before the newest ${MAX_ERRORS}`,
      ],
      page: listPage('/traces', q),
    };
  },
});

function groupsOf(spans: readonly SpanSummary[]): Iterable<SpanSummary[]> {
  const groups = new Map<string, SpanSummary[]>();
  for (const span of spans) {
    const key = JSON.stringify([span.service, span.name]);
    const group = groups.get(key);
    if (group) group.push(span);
    else groups.set(key, [span]);
  }
  return groups.values();
}

async function groupLine(reads: ExplorerReads, group: readonly SpanSummary[]): Promise<string> {
  const [newest] = group;
  if (newest === undefined) return '';
  const { traceId, spanId, service, name, startTime } = newest;
  const { statusMessage, events, logs = [] } = await reads.span(traceId, spanId);
  const exception = textOf(
    [...events, ...logs].flatMap(({ attributes }) => attributes),
    'exception.message',
  );
  const message = statusMessage || exception || 'no message';
  return `${group.length} × ${named(service)} ${named(name)}: "${named(message, 300)}", last at ${timeText(startTime)}  traceId ${traceId} spanId ${spanId}`;
}

function spanLine(span: SpanSummary): string {
  const { service, name, status, durationNs, startTime, linkCount, backlinkCount, traceId, spanId } = span;
  return `${timeText(startTime)}  ${named(service)} ${named(name)}, ${status}, ${durationText(durationNs)}, ${linkCount} links, ${backlinkCount} links lead here  traceId ${traceId} spanId ${spanId}`;
}
