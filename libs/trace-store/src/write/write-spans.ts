import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { sqlState } from '../database-away.ts';
import { readSql } from '../sql.ts';
import { copyLinks, copySpans } from './copy-in.ts';
import type { Dictionaries } from './dictionaries.ts';
import type { PreparedSpan } from './prepared-request.ts';
import type { SpanIds } from './span-ids.ts';
import { traceDeltas } from './trace-deltas.ts';

/** What a committed transaction did. */
export interface WrittenSpans {
  readonly stored: readonly PreparedSpan[];
  readonly duplicates: readonly PreparedSpan[];
  readonly changedTraceIds: readonly string[];
  /** Traces that gained a link from another trace. */
  readonly linkedTraceIds: readonly string[];
}

const UNIQUE_VIOLATION = '23505';
// Serialization failure, deadlock, lock not available: nothing is wrong with the transaction, it met another one.
const RETRIED = new Set(['40001', '40P01', '55P03']);
const ATTEMPTS = 6;

const UPSERT_TRACES = { name: 'upsert-traces', text: readSql('upsert-traces') };
const MOVE_INCOMING = { name: 'move-incoming-spans', text: readSql('move-incoming-spans') };

/** Stores spans with their links and what they change in `traces`, all of it or nothing. Resolves after the commit. */
export async function writeSpans(
  client: pg.ClientBase,
  spans: readonly PreparedSpan[],
  dictionaries: Dictionaries,
  spanIds: SpanIds,
): Promise<WrittenSpans> {
  // Nearly all deliveries are first ones: a plain COPY is tried first, at 1.15 times the speed of the way that looks for duplicates.
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
 * Each span once, by start, trace and span id: all writers take the locks of the unique index in this order. The start comes first
 * because the index by time then grows at its end: 32 instead of 42 bytes a span. What repeats an earlier one of
 * these spans is apart.
 */
function sortedOnce(spans: readonly PreparedSpan[]): { firsts: PreparedSpan[]; repeats: PreparedSpan[] } {
  const seen = new Set<string>();
  const firsts: PreparedSpan[] = [];
  const repeats: PreparedSpan[] = [];
  for (const span of spans) {
    const key = span.traceId + span.spanId;
    (seen.has(key) ? repeats : firsts).push(span);
    seen.add(key);
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
  const { rows } = await client.query<{ id: string }>(MOVE_INCOMING);
  const storedIds = new Set(rows.map(({ id }) => Number(id)));
  const isStored = (_: unknown, index: number): boolean => storedIds.has(ids[index]!);
  const stored = spans.filter(isStored);
  return {
    ...(await storeRest(client, stored, ids.filter(isStored))),
    duplicates: spans.filter((_, index) => !storedIds.has(ids[index]!)),
  };
}

/** Of spans that are new: their links, and what they change in `traces`. */
async function storeRest(
  client: pg.ClientBase,
  stored: readonly PreparedSpan[],
  ids: readonly number[],
): Promise<Omit<WrittenSpans, 'duplicates'>> {
  await copyLinks(client, stored, ids);
  const { traceIds, values, changed, linked } = traceDeltas(stored, ids);
  if (traceIds.length > 0) await client.query({ ...UPSERT_TRACES, values: [traceIds, ...values] });
  return { stored, changedTraceIds: changed, linkedTraceIds: linked };
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
