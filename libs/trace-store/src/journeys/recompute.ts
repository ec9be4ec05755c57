import type pg from 'pg';
import { readSql } from '../sql.ts';
import { gatherJourneys, type Gathered } from './gather.ts';
import type { JourneyGraph } from './journey-graph.ts';
import { membersOf } from './journey-members.ts';
import { Turns } from './turns.ts';
import { isHeadless, journeyFrom, type Journey } from './journey.ts';
import { isNews, SETTLE_MS, type LastingState } from './journey-state.ts';
import type { UsualHandOffs } from './hand-offs.ts';
import type { JourneySpanReader } from './span-reader.ts';
import { storedHandOffs, storedStory } from './stored-journey.ts';

const SQL = {
  known: readSql('journeys/known-journeys'),
  ofTraces: readSql('journeys/journeys-of-traces'),
  newTraces: readSql('journeys/new-traces'),
  upsert: readSql('journeys/upsert-journeys'),
  members: readSql('journeys/members'),
  addMembers: readSql('journeys/add-members'),
  dropMembers: readSql('journeys/drop-members'),
  deleteJourneys: readSql('journeys/delete-journeys'),
  forgetTraces: readSql('journeys/forget-traces'),
  lookAgain: readSql('journeys/look-again'),
  received: readSql('journeys/received'),
};
const NOW = 'SELECT extract(epoch FROM now())::float8 * 1000 AS now_ms';
const ROWS_AT_ONCE = 500;
/** A trace waits this long for its link target before it counts as the first of its journey. */
const MISSING_SOURCE_MS = 60_000;

interface KnownJourney {
  readonly journey_id: string;
  readonly state: LastingState;
  readonly changed_at_ms: number;
  readonly settles_at_ms: number | null;
}

/** The traces whose journeys need a new computation, and why. */
export interface RecomputeTask {
  /** Traces of which something came in or was deleted. */
  readonly changed: ReadonlySet<string>;
  /** Journeys that may have changed by time alone. */
  readonly due: readonly string[];
}

/**
 * Computes journeys and writes the changes, within the caller's transaction. @returns how many were
 * computed.
 */
export async function recomputeJourneys(
  client: pg.ClientBase,
  reader: JourneySpanReader,
  usual: UsualHandOffs,
  { changed, due }: RecomputeTask,
): Promise<number> {
  const { graph, heads, earlierHeads } = await gatherChanged(client, reader, changed, due);
  const pending = await headsThatWait(
    client,
    [...heads].filter((head) => isHeadless(graph, head)),
  );
  const computed = [...heads].filter((head) => !pending.has(head));
  const known = await knownJourneys(client, computed);
  const { rows } = await client.query<{ now_ms: number }>(NOW);
  const nowMs = rows[0]?.now_ms ?? Date.now();
  const changes = new JourneyChanges(known, nowMs);
  const isDue = new Set(due);
  const turns = new Turns();
  for (const head of pending) changes.wait(graph, head);
  for (const head of computed) {
    await turns.maybeYield();
    const last = known.get(head);
    const isTouched = !isDue.has(head) || changed.has(head);
    const quietMs = isTouched || !last ? 0 : nowMs - last.changed_at_ms;
    const moment = { nowNs: BigInt(Math.round(nowMs)) * 1_000_000n, quietMs };
    changes.add(head, journeyFrom(graph, head, usual, moment), isTouched);
  }
  const ended = [...changed, ...earlierHeads, ...due, ...changes.memberTraceIds].filter(
    (traceId) => !changes.kept.has(traceId),
  );
  await deleteInChunks(client, SQL.deleteJourneys, [...new Set(ended)]);
  await client.query(SQL.forgetTraces, [[...changed].filter((traceId) => !graph.traces.has(traceId))]);
  await changes.write(client);
  return computed.length;
}

/**
 * Loads all journeys that the changed traces have changed. These are not only the journeys that
 * contain the traces: a trace that links to a changed one may move as well. The loaded graph shows
 * such traces, and it is then loaded again with them. This is rare because spans mostly come in
 * after the spans that they link to.
 */
async function gatherChanged(
  client: pg.ClientBase,
  reader: JourneySpanReader,
  changed: ReadonlySet<string>,
  due: readonly string[],
): Promise<Gathered & { readonly earlierHeads: readonly string[] }> {
  const fresh = await client.query<{ trace_id: string }>(SQL.newTraces, [[...changed]]);
  const newTraces = new Set(fresh.rows.map(({ trace_id }) => trace_id));
  const touched = new Set(changed);
  for (;;) {
    const { rows } = await client.query<{ journey_id: string }>(SQL.ofTraces, [[...touched]]);
    const earlierHeads = rows.map(({ journey_id }) => journey_id);
    const gathered = await gatherJourneys(reader, [...touched, ...earlierHeads, ...due]);
    const { graph } = gathered;
    const size = touched.size;
    for (const traceId of [...graph.notFollowing(changed), ...graph.naming(newTraces)]) touched.add(traceId);
    if (touched.size === size) return { ...gathered, earlierHeads };
  }
}

/**
 * Heads that came in a moment ago and link to something that is missing. It is likely to come, so
 * they are checked again.
 */
async function headsThatWait(client: pg.ClientBase, headless: readonly string[]): Promise<Set<string>> {
  if (headless.length === 0) return new Set();
  const { rows } = await client.query<{ trace_id: string; age_ms: number }>(SQL.received, [headless]);
  const waiting = rows.filter(({ age_ms }) => age_ms < MISSING_SOURCE_MS).map(({ trace_id }) => trace_id);
  if (waiting.length > 0) await client.query(SQL.lookAgain, [waiting, MISSING_SOURCE_MS]);
  return new Set(waiting);
}

async function knownJourneys(
  client: pg.ClientBase,
  journeyIds: readonly string[],
): Promise<Map<string, KnownJourney>> {
  const { rows } = await client.query<KnownJourney>(SQL.known, [journeyIds]);
  return new Map(rows.map((row) => [row.journey_id, row]));
}

async function deleteInChunks(client: pg.ClientBase, sql: string, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += ROWS_AT_ONCE * 10)
    await client.query(sql, [ids.slice(from, from + ROWS_AT_ONCE * 10)]);
}

/** Gathers rows to be written. */
class JourneyChanges {
  readonly kept = new Set<string>();
  readonly memberTraceIds = new Set<string>();
  readonly #rows: unknown[][] = [];
  readonly #members = new Map<string, ReadonlySet<string>>();

  constructor(
    private readonly known: ReadonlyMap<string, KnownJourney>,
    private readonly nowMs: number,
  ) {}

  /**
   * Adds a head that is not shown yet. Journeys that its traces began have ended because they are a
   * part of this one.
   */
  wait(graph: JourneyGraph, head: string): void {
    for (const traceId of membersOf(graph, head).traceIds) this.memberTraceIds.add(traceId);
  }

  add(head: string, journey: Journey, isTouched: boolean): void {
    for (const traceId of journey.traceIds) this.memberTraceIds.add(traceId);
    if (!journey.isWorthKeeping) return;
    const { story, state, overdueAtNs, recheckMs, handOffs } = journey;
    const last = this.known.get(head);
    const settles = isNews(state) && last?.state !== state ? this.nowMs + SETTLE_MS : null;
    this.kept.add(head);
    this.#members.set(head, journey.traceIds);
    this.#rows.push([
      head,
      story.startTime,
      story.totalNs,
      story.waitNs,
      story.traceCount,
      state,
      settles ?? (last?.state === state ? last.settles_at_ms : null),
      overdueAtNs === undefined ? null : Number(overdueAtNs / 1_000_000n),
      recheckMs === undefined ? null : this.nowMs + recheckMs,
      isTouched || !last ? this.nowMs : last.changed_at_ms,
      storedStory(story),
      storedHandOffs(handOffs),
    ]);
  }

  async write(client: pg.ClientBase): Promise<void> {
    // All writers of journeys take turns. The order helps people who look at the tables.
    for (let from = 0; from < this.#rows.length; from += ROWS_AT_ONCE) {
      const rows = this.#rows.slice(from, from + ROWS_AT_ONCE);
      await client.query(
        SQL.upsert,
        rows[0]!.map((_, column) => rows.map((row) => row[column])),
      );
      await this.#writeMembers(
        client,
        rows.map(([head]) => String(head)),
      );
    }
  }

  async #writeMembers(client: pg.ClientBase, heads: readonly string[]): Promise<void> {
    const { rows } = await client.query<{ journey_id: string; trace_id: string }>(SQL.members, [heads]);
    const there = new Set(rows.map(({ journey_id, trace_id }) => journey_id + trace_id));
    const gone = rows.filter(({ journey_id, trace_id }) => !this.#members.get(journey_id)?.has(trace_id));
    const fresh = heads.flatMap((head) =>
      [...(this.#members.get(head) ?? [])]
        .filter((traceId) => !there.has(head + traceId))
        .map((traceId) => ({ journey_id: head, trace_id: traceId })),
    );
    if (gone.length > 0) await client.query(SQL.dropMembers, columns(gone));
    if (fresh.length > 0) await client.query(SQL.addMembers, columns(fresh));
  }
}

function columns(rows: readonly { trace_id: string; journey_id: string }[]): string[][] {
  return [rows.map(({ trace_id }) => trace_id), rows.map(({ journey_id }) => journey_id)];
}
