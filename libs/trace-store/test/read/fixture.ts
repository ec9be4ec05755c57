import type { Term } from '@span-links/explorer-api';
import { afterAll, beforeAll } from 'vitest';
import { TraceReader } from '../../src/read/index.ts';
import type { TraceStore } from '../../src/open-trace-store.ts';
import { openTestStore } from '../../src/testing.ts';
import { attributes, linkTo, request, span, spanId, T0, traceId } from '../requests.ts';

/** Opens a store for the test file, with a reader. */
export function testStore(): { store: TraceStore; reader: TraceReader } {
  const opened = {} as { store: TraceStore; reader: TraceReader };
  beforeAll(async () => {
    opened.store = await openTestStore();
    opened.reader = new TraceReader(opened.store.readers);
  });
  afterAll(() => opened.store.close());
  return opened;
}

type WithoutPlace<T> = T extends unknown ? Omit<T, 'from' | 'to'> : never;

/** A query of these terms. Their places in the text do not matter to the store. */
export function query(...terms: WithoutPlace<Term>[]): { terms: Term[] } {
  return { terms: terms.map((term) => ({ ...term, from: 0, to: 1 })) };
}

const MS = 1_000_000n;
export const BATCH = { traceId: traceId(100), spanId: spanId(100) };
export const EVICTED_TRACE = traceId(90);
export const LATE = { traceId: traceId(91), spanId: spanId(91) };

/**
 * Three orders (the second failed), then a batch with one link of each kind: 0 to 2 to the orders,
 * 3 to order 1 again, 4 to itself, 5 to an evicted trace, 6 to an invalid id, 7 to a span whose W3C
 * flags say unsampled, 8 without flags to a span that comes later, 9 as Python's exporter sends it,
 * with W3C flags of zero.
 */
export async function storeBatchOfEveryKind(store: TraceStore): Promise<void> {
  const order = (n: number) => [
    span({
      traceId: traceId(n),
      spanId: spanId(n),
      startTimeUnixNano: T0 + BigInt(n) * 10n * MS,
      endTimeUnixNano: T0 + BigInt(n) * 10n * MS + 2n * MS,
      attributes: attributes({ 'order.id': `o-${n}`, 'order.items': BigInt(n) }),
      events: [{ timeUnixNano: T0, name: 'received', attributes: [], droppedAttributesCount: 0 }],
      status: { code: n === 2 ? 2 : 0, message: n === 2 ? 'no stock' : '' },
    }),
    span({
      traceId: traceId(n),
      spanId: spanId(n + 50),
      parentSpanId: spanId(n),
      name: 'persist-order',
      kind: 1,
      startTimeUnixNano: T0 + BigInt(n) * 10n * MS + MS,
      endTimeUnixNano: T0 + BigInt(n) * 10n * MS + 2n * MS,
    }),
  ];
  await store.writer.write(request([...order(1), ...order(2), ...order(3)], 'orders-api'));
  const origin = { attributes: attributes({ 'spanlinks.relation': 'origin', 'messaging.message.id': 'm' }) };
  const links = [
    linkTo(traceId(1), spanId(1), origin),
    linkTo(traceId(2), spanId(2), origin),
    linkTo(traceId(3), spanId(3), origin),
    linkTo(traceId(1), spanId(1)),
    linkTo(BATCH.traceId, BATCH.spanId),
    linkTo(EVICTED_TRACE, spanId(90)),
    linkTo('0'.repeat(32), spanId(1)),
    linkTo(traceId(92), spanId(92), { flags: 0x302 }),
    linkTo(LATE.traceId, LATE.spanId, { flags: 0 }),
    linkTo(traceId(93), spanId(93), { flags: 0x300 }),
  ];
  const batch = span({
    ...BATCH,
    name: 'process-batch',
    kind: 5,
    startTimeUnixNano: T0 + 100n * MS,
    endTimeUnixNano: T0 + 150n * MS,
    attributes: attributes({ 'batch.size': 12n, 'batch.links.missing': 2n }),
    links,
  });
  await store.writer.write(request([batch], 'orders-batch'));
  await bury(store, EVICTED_TRACE);
}

/** Deletes the spans of a trace like retention. */
export async function evict(store: TraceStore, evicted: string): Promise<void> {
  await bury(store, evicted, 'DELETE FROM spans WHERE trace_id = $1::uuid');
}

/** Does the same as retention after it has deleted a trace. */
async function bury(store: TraceStore, evicted: string, first?: string): Promise<void> {
  const client = await store.readers.connect();
  try {
    await client.query('SET default_transaction_read_only = off');
    if (first !== undefined) await client.query(first, [evicted]);
    await client.query('INSERT INTO evicted_traces (trace_id, evicted_at) VALUES ($1::uuid, now())', [
      evicted,
    ]);
  } finally {
    client.release(true);
  }
}

export async function storeLateSpan(store: TraceStore): Promise<void> {
  await store.writer.write(request([span({ ...LATE, name: 'late', endTimeUnixNano: T0 + 5n * MS })]));
}
