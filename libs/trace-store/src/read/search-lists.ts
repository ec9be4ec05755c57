import { SPAN_LIST, TRACE_LIST } from './page-cursor.ts';
import type { SearchList, Stretch, TimeRange } from './search-list.ts';
import type { SqlParameters } from './sql-parameters.ts';

/** Spans. */
export const SPAN_SEARCH: SearchList = {
  format: SPAN_LIST,
  firstWindow: 400,
  walkLimit: 100_000,
  table: 'spans s',
  stretches: (range) => [between('spans s', 's.start_ns', range)],
  startColumn: 's.start_ns',
  idColumn: 's.id',
  lowestId: '0',
  startsWithMatch: true,
  isInTimeOrder: true,
  always: 'true',
  idParameter: (parameters, id) => parameters.bigint(id),
  walked: (plan) => plan.spanWalk,
  matches: (plan, parameters) => plan.conditions.map((condition) => condition(parameters)).join(' AND '),
  fromCandidates: '(SELECT * FROM c WHERE matches) s',
};

/** Traces of which one span matches. */
export const TRACE_SEARCH: SearchList = {
  format: TRACE_LIST,
  firstWindow: 100,
  walkLimit: 16_000,
  table: 'traces t',
  stretches: ({ fromNs, toNs }) => {
    const began = between('traces t', 't.start_ns', { fromNs, toNs });
    return fromNs === undefined ? [began] : [began, goingOnBriefly(fromNs), goingOnForLong(fromNs)];
  },
  startColumn: 't.start_ns',
  idColumn: 't.trace_id',
  lowestId: '0'.repeat(32),
  startsWithMatch: false,
  isInTimeOrder: true,
  always: 't.start_ns IS NOT NULL',
  idParameter: (parameters, id) => parameters.traceId(id),
  walked: (plan) => plan.traceWalk,
  matches: (plan, parameters) => {
    const ofTrace = plan.traceConditions.map((condition) => condition(parameters));
    const ofSpan = plan.conditions.map((condition) => condition(parameters)).join(' AND ');
    // OFFSET 0 is a fence: the trace has few spans, and the planner must not choose another index
    // than that of the trace.
    const someSpan = `(SELECT true FROM (SELECT * FROM spans WHERE trace_id = t.trace_id OFFSET 0) s WHERE ${ofSpan} LIMIT 1) IS TRUE`;
    return [...ofTrace, someSpan].join(' AND ');
  },
  // Also fenced: the planner expects many candidates and read all traces to join them to one.
  fromCandidates: `(SELECT DISTINCT trace_id FROM c WHERE matches) m
    CROSS JOIN LATERAL (SELECT * FROM traces WHERE trace_id = m.trace_id OFFSET 0) t`,
};

/** As in sql/upsert-traces.sql: longer traces are in `long_traces`. */
const LONG_NS = 60_000_000_000n;

/** Rows that start within the range. */
function between(table: string, column: string, { fromNs, toNs }: TimeRange): Stretch {
  return {
    table: () => table,
    where: (parameters) => [
      ...(fromNs === undefined ? [] : [`${column} >= ${parameters.bigint(fromNs)}`]),
      ...(toNs === undefined ? [] : [`${column} <= ${parameters.bigint(toNs)}`]),
    ],
  };
}

/**
 * Traces that start before the range and last into it. The index by start finds those of the last
 * minute.
 */
function goingOnBriefly(fromNs: bigint): Stretch {
  return {
    table: () => 'traces t',
    where: (parameters) => [
      `t.start_ns < ${parameters.bigint(fromNs)}`,
      `t.start_ns >= ${parameters.bigint(fromNs - LONG_NS)}`,
      `t.end_ns >= ${parameters.bigint(fromNs)}`,
    ],
  };
}

/** The longer traces. Fenced because with a free join, the planner reads all traces. */
function goingOnForLong(fromNs: bigint): Stretch {
  const table = (parameters: SqlParameters) => `(
    SELECT traces.* FROM (
      SELECT trace_id FROM long_traces
      WHERE end_ns >= ${parameters.bigint(fromNs)} AND start_ns < ${parameters.bigint(fromNs - LONG_NS)} OFFSET 0
    ) l CROSS JOIN LATERAL (SELECT * FROM traces WHERE trace_id = l.trace_id OFFSET 0) traces
  ) t`;
  return {
    table,
    where: (parameters) => [
      `t.start_ns < ${parameters.bigint(fromNs - LONG_NS)}`,
      `t.end_ns >= ${parameters.bigint(fromNs)}`,
    ],
  };
}
