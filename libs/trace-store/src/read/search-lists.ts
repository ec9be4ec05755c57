import { SPAN_LIST, TRACE_LIST } from './page-cursor.ts';
import type { SearchList } from './search.ts';

/** Spans. */
export const SPAN_SEARCH: SearchList = {
  format: SPAN_LIST,
  firstWindow: 400,
  walkLimit: 100_000,
  table: 'spans s',
  startColumn: 's.start_ns',
  idColumn: 's.id',
  lowestId: '0',
  startsWithMatch: true,
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
  startColumn: 't.start_ns',
  idColumn: 't.trace_id',
  lowestId: '0'.repeat(32),
  startsWithMatch: false,
  always: 't.start_ns IS NOT NULL',
  idParameter: (parameters, id) => parameters.traceId(id),
  walked: (plan) => plan.traceWalk,
  matches: (plan, parameters) => {
    const ofTrace = plan.traceConditions.map((condition) => condition(parameters));
    const ofSpan = plan.conditions.map((condition) => condition(parameters)).join(' AND ');
    // Fenced with OFFSET 0: the spans of the trace are few, and no other index may be thought better than the trace's.
    const someSpan = `(SELECT true FROM (SELECT * FROM spans WHERE trace_id = t.trace_id OFFSET 0) s WHERE ${ofSpan} LIMIT 1) IS TRUE`;
    return [...ofTrace, someSpan].join(' AND ');
  },
  // Fenced too: candidates are guessed to be many, and all traces were read to be joined to one.
  fromCandidates: `(SELECT DISTINCT trace_id FROM c WHERE matches) m
    CROSS JOIN LATERAL (SELECT * FROM traces WHERE trace_id = m.trace_id OFFSET 0) t`,
};
