import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { sqlState } from '../database-away.ts';
import { readSql } from '../sql.ts';
import { copyLinks, copySpans } from './copy-in.ts';
import type { Dictionaries } from './dictionaries.ts';
import type { PreparedSpan } from './prepared-request.ts';
import { recountReplaced, removeInterrupted } from './replace-interrupted.ts';
import { saysTheSame, withOwnId } from './shared-span-id.ts';
import type { SpanIds } from './span-ids.ts';
import { traceDeltas } from './trace-deltas.ts';

/** The result of a committed transaction. */
export interface WrittenSpans {
  readonly stored: readonly PreparedSpan[];
  readonly duplicates: readonly PreparedSpan[];
  readonly changedTraceIds: readonly string[];
  /** Traces that gained a link from another trace. */
  readonly linkedTraceIds: readonly string[];
}

const UNIQUE_VIOLATION = '23505';
// Serialization failure, deadlock, lock not available: the transaction is correct but met another
// one.
const RETRIED = new Set(['40001', '40P01', '55P03']);
const ATTEMPTS = 6;

const UPSERT_TRACES = { name: 'upsert-traces', text: readSql('upsert-traces') };
const NO_ROWS: { readonly rows: { readonly id: string }[] } = { rows: [] };
const DIFFERING_SPANS = { name: 'differing-spans', text: readSql('differing-spans') };
const MOVE_INCOMING = { name: 'move-incoming-spans', text: readSql('move-incoming-spans') };

/**
 * Stores spans with their links and their changes to `traces`, all or nothing. Resolves after the
 * commit.
 */
export async function writeSpans(
  client: pg.ClientBase,
  spans: readonly PreparedSpan[],
  dictionaries: Dictionaries,
  spanIds: SpanIds,
): Promise<WrittenSpans> {
  // Nearly all deliveries are first ones. A plain COPY is tried first because it is 1.15 times as
  // fast as the path that looks for duplicates.
  let mayHaveDuplicates = false;
  for (let attempt = 1; ; attempt++) {
    try {
      await dictionaries.resources.renew(client, new Set(spans.map(({ resource }) => resource)));
      await dictionaries.scopes.renew(client, new Set(spans.map(({ scope }) => scope)));
      await dictionaries.operations.renew(client, new Set(spans.map(({ operation }) => operation)));
      const { firsts, repeats } = sortedOnce(spans);
      const ids = await spanIds.take(client, firsts);
      const written = await inTransaction(client, mayHaveDuplicates, () =>
        mayHaveDuplicates ? storeNew(client, firsts, ids) : storeAll(client, firsts, ids),
      );
      return { ...written, duplicates: [...repeats, ...written.duplicates] };
    } catch (error) {
      const state = sqlState(error);
      if (state === UNIQUE_VIOLATION && !mayHaveDuplicates) mayHaveDuplicates = true;
      else if (!RETRIED.has(state) || attempt >= ATTEMPTS) throw error;
      else await sleep(Math.random() * 20 * attempt);
    }
  }
}

/**
 * Returns each span once. Spans that share an id but differ are all kept. They are sorted by start,
 * trace and span id, so all writers take the locks of the unique index in this order. The start
 * comes first because the index by time then grows at its end: 32 instead of 42 bytes a span.
 * Repeated spans are returned separately.
 */
function sortedOnce(spans: readonly PreparedSpan[]): { firsts: PreparedSpan[]; repeats: PreparedSpan[] } {
  const seen = new Map<string, PreparedSpan[]>();
  const firsts: PreparedSpan[] = [];
  const repeats: PreparedSpan[] = [];
  // Puts the complete copy of a span before the interrupted one of a killed process.
  const ordered = spans.some(({ isInterrupted }) => isInterrupted)
    ? [...spans].sort((a, b) => Number(a.isInterrupted) - Number(b.isInterrupted))
    : spans;
  for (const span of ordered) {
    const key = span.traceId + span.spanId;
    const known = seen.get(key);
    if (known === undefined) seen.set(key, [span]);
    // A span with other content meets its namesake in the database, as if the two had come in
    // separately.
    else if (!span.isInterrupted && !known.some((other) => other.isInterrupted || saysTheSame(other, span)))
      known.push(span);
    else {
      repeats.push(span);
      continue;
    }
    firsts.push(span);
  }
  return { firsts: firsts.sort(byStart), repeats };
}

function byStart(a: PreparedSpan, b: PreparedSpan): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
  if (a.traceId !== b.traceId) return a.traceId < b.traceId ? -1 : 1;
  return a.spanId < b.spanId ? -1 : 1;
}

async function storeAll(
  client: pg.ClientBase,
  spans: readonly PreparedSpan[],
  ids: readonly number[],
): Promise<WrittenSpans> {
  await copySpans(client, 'spans', spans, ids);
  return { ...(await storeRest(client, spans, ids)), duplicates: [] };
}

async function storeNew(
  client: pg.ClientBase,
  spans: readonly PreparedSpan[],
  ids: readonly number[],
): Promise<WrittenSpans> {
  await copySpans(client, 'incoming_spans', spans, ids);
  const moved = await client.query<{ id: string }>(MOVE_INCOMING);
  // After the first move, because until then another writer may be about to store an interrupted
  // copy.
  const replaced = moved.rowCount === spans.length ? undefined : await removeInterrupted(client);
  const { rows } = replaced === undefined ? NO_ROWS : await client.query<{ id: string }>(MOVE_INCOMING);
  const storedIds = new Set([...moved.rows, ...rows].map(({ id }) => Number(id)));
  const all = storedIds.size === spans.length ? spans : await storeDiffering(client, spans, ids, storedIds);
  const isStored = (_: unknown, index: number): boolean => storedIds.has(ids[index]!);
  const stored = all.filter(isStored);
  const rest = await storeRest(client, stored, ids.filter(isStored));
  if (replaced !== undefined) await recountReplaced(client, replaced);
  return {
    ...rest,
    duplicates: spans.filter((_, index) => !storedIds.has(ids[index]!)),
  };
}

/**
 * Stores spans that differ from the stored ones with the same id, each under a new id. The table of
 * incoming spans holds the spans that were not stored.
 *
 * @param storedIds gets the numbers of the new ones
 * @returns all spans as they are stored
 */
async function storeDiffering(
  client: pg.ClientBase,
  spans: readonly PreparedSpan[],
  ids: readonly number[],
  storedIds: Set<number>,
): Promise<readonly PreparedSpan[]> {
  const { rows } = await client.query<{ id: string }>(DIFFERING_SPANS);
  const differing = new Set(rows.map(({ id }) => Number(id)).filter((id) => !storedIds.has(id)));
  const all = spans.map((span, index) =>
    differing.has(ids[index]!) && !span.isInterrupted ? withOwnId(span) : span,
  );
  const changed = (_: unknown, index: number): boolean => all[index] !== spans[index];
  const renamed = all.filter(changed);
  if (renamed.length === 0) return spans;
  await client.query('DELETE FROM incoming_spans');
  await copySpans(client, 'incoming_spans', renamed, ids.filter(changed));
  const moved = await client.query<{ id: string }>(MOVE_INCOMING);
  for (const { id } of moved.rows) storedIds.add(Number(id));
  return all;
}

/** Stores the links of new spans and their changes to `traces`. */
async function storeRest(
  client: pg.ClientBase,
  stored: readonly PreparedSpan[],
  ids: readonly number[],
): Promise<Omit<WrittenSpans, 'duplicates'>> {
  await copyLinks(client, stored, ids);
  const { traceIds, values, changed, linked } = traceDeltas(stored, ids);
  if (traceIds.length > 0)
    await client.query({ ...UPSERT_TRACES, values: [traceIds, ...values, ...idRanges(ids)] });
  return { stored, changedTraceIds: changed, linkedTraceIds: linked };
}

/**
 * Ranges without gaps, as their first and last ids. Ids of one group are consecutive, up to the end
 * of a block.
 */
function idRanges(ids: readonly number[]): [number[], number[]] {
  const [firsts, lasts]: [number[], number[]] = [[], []];
  for (const id of ids) {
    if (lasts.at(-1) === id - 1) lasts[lasts.length - 1] = id;
    else {
      firsts.push(id);
      lasts.push(id);
    }
  }
  return [firsts, lasts];
}

async function inTransaction<Result>(
  client: pg.ClientBase,
  looksForDuplicates: boolean,
  work: () => Promise<Result>,
): Promise<Result> {
  if (looksForDuplicates) {
    // The table belongs to the connection; it is made once.
    await client.query(
      'CREATE TEMPORARY TABLE IF NOT EXISTS incoming_spans (LIKE spans) ON COMMIT DELETE ROWS',
    );
  }
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
