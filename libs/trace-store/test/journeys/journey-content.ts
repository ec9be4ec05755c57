import type pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { headsOf } from '../../src/journeys/heads.ts';
import { UsualHandOffs } from '../../src/journeys/hand-offs.ts';
import { JourneyGraph } from '../../src/journeys/journey-graph.ts';
import { isHeadless, journeyFrom } from '../../src/journeys/journey.ts';
import { TableSpanReader } from '../../src/journeys/span-reader.ts';

/**
 * Waits until the upkeep has taken everything that is due. Entries for sources that may never come
 * are due in a minute.
 */
export async function upkeepDone(pool: pg.Pool): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ left: number }>(
      "SELECT count(*)::int AS left FROM journey_queue WHERE due_at < now() + interval '10 seconds'",
    );
    if (rows[0]?.left === 0) return;
    await sleep(50);
  }
}

/** The part of a journey that does not depend on what others have taught. */
export type JourneyContent = readonly [
  id: string,
  startNs: string,
  totalNs: number,
  waitNs: number,
  traces: string,
];

/** The content of the tables. */
export async function keptJourneys(pool: pg.Pool): Promise<JourneyContent[]> {
  const { rows } = await pool.query<{
    id: string;
    start_ns: string;
    total_ns: string;
    wait_ns: string;
    traces: string;
  }>(
    `SELECT replace(journey_id::text, '-', '') AS id, start_ns, total_ns, wait_ns, (
       SELECT string_agg(replace(trace_id::text, '-', ''), ' ' ORDER BY trace_id) FROM journey_traces t
       WHERE t.journey_id = j.journey_id
     ) AS traces
     FROM journeys j WHERE trace_count > 1 ORDER BY journey_id`,
  );
  return rows.map((row) => [row.id, row.start_ns, Number(row.total_ns), Number(row.wait_ns), row.traces]);
}

/**
 * The engine's result for all stored spans. Heads whose source may still come are left out, as the
 * upkeep does.
 */
export async function expectedJourneys(pool: pg.Pool): Promise<JourneyContent[]> {
  const { rows } = await pool.query<{ id: string }>(
    "SELECT replace(trace_id::text, '-', '') AS id FROM traces WHERE span_count > 0",
  );
  const spans = await new TableSpanReader(pool).spansOf(rows.map(({ id }) => id));
  const graph = new JourneyGraph(spans);
  const usual = new UsualHandOffs();
  return [...headsOf(graph, graph.traces.keys())]
    .sort()
    .filter((head) => !isHeadless(graph, head))
    .map((head) => ({ head, ...journeyFrom(graph, head, usual, { nowNs: 0n, quietMs: 0 }) }))
    .filter(({ traceIds }) => traceIds.size > 1)
    .map(({ head, story, traceIds }) => [
      head,
      story.startTime,
      story.totalNs,
      story.waitNs,
      [...traceIds].sort().join(' '),
    ]);
}
