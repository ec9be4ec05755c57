import type { JourneyStage, JourneySummary } from '@span-links/explorer-api';
import { JOURNEY_SORTS } from '@span-links/explorer-api';
import { z } from 'zod';
import { durationText, journeyPage, listPage, named, timeText, tracePage, type Answer } from './answer.ts';
import { ReadError, type ExplorerReads } from './explorer-reads.ts';
import { tool } from './tool.ts';
import { fromParameter, limit, query, since, traceId } from './tool-input.ts';

const DURATION = /^(\d{1,6})(s|m|h)$/;
const NS_PER_UNIT: Readonly<Record<string, number>> = { s: 1e9, m: 60e9, h: 3_600e9 };
/**
 * Limit of waiting journeys to read. The longest waits come first, so the rest has waited for less
 * time.
 */
const MAX_WAITING = 200;
const MAX_STAGES = 30;

export const findJourneys = tool({
  name: 'find_journeys',
  title: 'Find journeys',
  description:
    'Journeys: what happened to one item (an order, a message) across traces that are joined by span links. Shows state, waits and work.',
  input: z.object({
    query,
    sort: z
      .enum(JOURNEY_SORTS)
      .default('newest')
      .describe('newest, or the longest total or waiting time first'),
    since: since('24h'),
    limit: limit(10, 50),
  }),
  async run(reads, { query, sort, since, limit }) {
    const parameters = { q: query, sort, limit: String(limit), ...fromParameter(since) };
    const { journeys, nextCursor, searchedBackTo } = await reads.journeys(parameters);
    return {
      lines: journeys.length === 0 ? ['No journey fulfils this.'] : journeys.map(journeyLine),
      omitted: [
        nextCursor === null ? undefined : 'more journeys; narrow the query or raise limit',
        searchedBackTo === null ? undefined : `journeys before ${timeText(searchedBackTo)} were not searched`,
      ],
      page: listPage('/', query),
    };
  },
});

export const whySlow = tool({
  name: 'why_slow',
  title: 'Why it took so long',
  description:
    'The critical path of the journey that a trace is part of, across links: each step with the wait before it and its work. For a trace without a journey, its longest spans.',
  input: z.object({ traceId }),
  async run(reads, { traceId }) {
    try {
      const { summary, memberOf } = await reads.journey(traceId);
      return criticalPath(summary, memberOf);
    } catch (error) {
      if (!(error instanceof ReadError) || error.status !== 404) throw error;
      return longestSpans(reads, traceId);
    }
  },
});

export const unconsumed = tool({
  name: 'unconsumed',
  title: 'Messages that nobody took',
  description:
    'Items that wait for a step that usually follows and has not come: unconsumed messages, rows that no batch picked up. The longest wait comes first.',
  input: z.object({
    longerThan: z
      .string()
      .regex(DURATION, 'must be a duration such as 30s, 10m or 2h')
      .default('1m')
      .describe('Least wait: 30s, 10m, 2h'),
    since: since('7d'),
    limit: limit(10, 50),
  }),
  async run(reads, { longerThan, since, limit }) {
    const [, number = '0', unit = 's'] = DURATION.exec(longerThan) ?? [];
    const leastNs = Number(number) * (NS_PER_UNIT[unit] ?? 0);
    const q = 'journey.state=waiting,overdue';
    const parameters = { q, sort: 'waiting', limit: String(MAX_WAITING), ...fromParameter(since) };
    const { journeys, nextCursor } = await reads.journeys(parameters);
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    const waiting = journeys
      .map((journey) => ({ journey, waitedNs: Number(nowNs - BigInt(journey.waitingFor?.since ?? nowNs)) }))
      .filter(({ waitedNs }) => waitedNs >= leastNs)
      .sort((a, b) => b.waitedNs - a.waitedNs);
    const shown = waiting.slice(0, limit);
    const left = waiting.length - shown.length;
    return {
      lines:
        shown.length === 0
          ? [`Nothing has waited for longer than ${longerThan}.`]
          : shown.map(({ journey, waitedNs }) => `waits ${durationText(waitedNs)}  ${journeyLine(journey)}`),
      omitted: [
        left > 0 ? `${left} more that wait as long` : undefined,
        nextCursor === null ? undefined : `waiting journeys beyond the first ${MAX_WAITING}`,
      ],
      page: listPage('/', q),
    };
  },
});

function journeyLine(journey: JourneySummary): string {
  const { journeyId, item, state, totalNs, waitNs, message, traceCount, waitingFor, path } = journey;
  const [first] = path;
  const parts = [
    item === null ? undefined : `${named(item.key)}=${named(item.value)}`,
    state,
    first && `${named(first.service)} ${named(first.operation)}`,
    `total ${durationText(totalNs)} (waiting ${durationText(waitNs)})`,
    `${traceCount} traces`,
    waitingFor &&
      `waits for ${named(waitingFor.operation ?? 'an unknown step')} since ${timeText(waitingFor.since)}`,
    message === null ? undefined : `"${named(message)}"`,
    `started ${timeText(journey.startTime)}`,
    `traceId ${journeyId}`,
  ];
  return parts.filter((part) => part !== undefined && part !== null).join('  ');
}

function criticalPath(summary: JourneySummary, memberOf: number): Answer {
  const { journeyId, totalNs, workNs, waitNs, path, beside } = summary;
  const share = (ns: number) => `${totalNs > 0 ? Math.round((100 * ns) / totalNs) : 0} %`;
  const worst = slowestPart(path);
  return {
    lines: [
      journeyLine(summary),
      `Of ${durationText(totalNs)}, ${share(waitNs)} is waiting and ${share(workNs)} is work.`,
      ...(worst === undefined ? [] : [`The largest part is ${worst.text} (${share(worst.ns)}).`]),
      'Critical path:',
      ...path.slice(0, MAX_STAGES).map(stageLine),
    ],
    omitted: [
      path.length > MAX_STAGES ? `${path.length - MAX_STAGES} later steps of the path` : undefined,
      beside.length > 0 ? `${beside.length} stages beside the path` : undefined,
      memberOf > 1 ? `${memberOf - 1} other journeys that this trace is part of` : undefined,
    ],
    page: journeyPage(journeyId),
  };
}

function stageLine(stage: JourneyStage): string {
  const { service, operation, waitNs, durationNs, ownNs, count, failed, sources, message } = stage;
  const parts = [
    `- waits ${durationText(waitNs)}, then ${named(service)} ${named(operation)} works ${durationText(durationNs)}`,
    ownNs === null ? undefined : `of which ${durationText(ownNs)} for this item`,
    sources > 1 ? `with ${sources} sources` : undefined,
    count > 1 ? `${count} times` : undefined,
    failed > 0 ? `${failed} failed` : undefined,
    message === null ? undefined : `"${named(message)}"`,
  ];
  return `${parts.filter((part) => part !== undefined).join(', ')}  traceId ${stage.traceId} spanId ${stage.spanId}`;
}

function slowestPart(path: readonly JourneyStage[]): { text: string; ns: number } | undefined {
  const parts = path.flatMap(({ service, operation, waitNs, durationNs }) => [
    { text: `the wait before ${named(service)} ${named(operation)}`, ns: waitNs },
    { text: `the work of ${named(service)} ${named(operation)}`, ns: durationNs },
  ]);
  return parts.sort((a, b) => b.ns - a.ns)[0];
}

async function longestSpans(reads: ExplorerReads, traceId: string): Promise<Answer> {
  const { summary, spans } = await reads.trace(traceId);
  const longest = [...spans].sort((a, b) => b.durationNs - a.durationNs).slice(0, 10);
  return {
    lines: [
      `The trace is part of no journey. It took ${durationText(summary.durationNs)}. Its longest spans:`,
      ...longest.map(
        ({ service, name, durationNs, spanId }) =>
          `- ${durationText(durationNs)}  ${named(service)} ${named(name)}  spanId ${spanId}`,
      ),
    ],
    omitted: [spans.length > longest.length ? `${spans.length - longest.length} shorter spans` : undefined],
    page: tracePage(traceId.toLowerCase()),
  };
}
