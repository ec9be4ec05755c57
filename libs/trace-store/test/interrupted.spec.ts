import type { Span } from '@span-links/otlp';
import { encodeByReference } from '@span-links/otlp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTraceStore, type TraceStore } from '../src/index.ts';
import { newTestDatabaseUrl } from '../src/testing.ts';
import { attributes, framesOf, linkTo, request, span, spanId, T0, traceId } from './requests.ts';
import { audit, storeContent } from './store-content.ts';

let url: string;
let store: TraceStore;
beforeEach(async () => {
  url = await newTestDatabaseUrl();
  store = await openTraceStore({ url });
});
afterEach(async () => {
  expect(await audit(store.readers)).toEqual([]);
  await store.close();
});

const links = [linkTo(traceId(7), spanId(7)), linkTo(traceId(8), spanId(8))];
const child = span({ spanId: spanId(2), parentSpanId: spanId(1), name: 'reconcile-order' });
const complete = span({
  name: 'process-batch',
  links: [...links, linkTo(traceId(9), spanId(9))],
  attributes: attributes({ 'batch.size': 3n, 'batch.reconciled': 3n }),
  endTimeUnixNano: T0 + 5_000_000n,
});
/** A span that its process did not live to end, as the journal of libs/tracing sends it. */
const interrupted = span({
  name: 'batch',
  links,
  attributes: attributes({ 'batch.size': 3n, 'spanlinks.interrupted': true }),
  // The owner was seen alive after the end of the span.
  endTimeUnixNano: T0 + 9_000_000n,
  status: { code: 2, message: 'interrupted' },
});

type Delivery = readonly Span[];

async function deliver(target: TraceStore, spans: Delivery): Promise<void> {
  await target.writer.write(request(spans));
}
async function deliverFrames(target: TraceStore, spans: Delivery): Promise<void> {
  await target.writer.writeFrames(framesOf(encodeByReference(request(spans))));
}

/** The content of a store without the size, which is an estimate. */
async function contentOf(target: TraceStore): Promise<unknown[]> {
  return (await storeContent(target.readers)).map((line) => ({ ...(line as object), bytes: undefined }));
}

/** The content of a store that has received only these deliveries. */
async function contentAfter(...deliveries: Delivery[]): Promise<unknown[]> {
  const other = await openTraceStore({ url: await newTestDatabaseUrl() });
  for (const spans of deliveries) await deliver(other, spans);
  const content = await contentOf(other);
  await other.close();
  return content;
}

describe.each([
  ['objects', deliver],
  ['protobuf', deliverFrames],
] as const)('an interrupted span, received as %s,', (_form, send) => {
  test.each([
    ['before its complete copy', [[child, interrupted], [complete]]],
    ['after its complete copy', [[complete], [interrupted, child]]],
    ['in one request with it, first', [[interrupted, complete, child]]],
    ['in one request with it, last', [[complete, interrupted, child]]],
    ['twice, with the complete copy between', [[interrupted], [complete, child], [interrupted]]],
    ['before two complete copies', [[interrupted, child], [complete], [complete]]],
  ] as const)('is replaced %s', async (_order, deliveries) => {
    for (const spans of deliveries) await send(store, spans);
    expect(await contentOf(store)).toEqual(await contentAfter([complete, child]));
    const [trace] = (await contentOf(store)).filter((line) => 'span_count' in (line as object));
    expect(trace).toMatchObject({ span_count: 2, error_count: 0, link_count: 3 });
  });

  test('stays if no complete copy comes', async () => {
    await send(store, [interrupted]);
    await send(store, [interrupted]);
    expect(await contentOf(store)).toEqual(await contentAfter([interrupted]));
  });
});

test('a failed span with the message "interrupted" stays if its own process sent it', async () => {
  const failed = span({ status: { code: 2, message: 'interrupted' }, attributes: attributes({ own: true }) });
  await deliver(store, [failed]);
  await deliver(store, [complete]);
  // The store can only see the other one as another span.
  expect(await contentOf(store)).toEqual(await contentAfter([failed, complete]));
});

test('two writers that get both copies at the same time keep the complete one', async () => {
  const second = await openTraceStore({ url });
  for (let round = 0; round < 20; round++) {
    const own = { traceId: traceId(100 + round), spanId: spanId(100 + round) };
    const [one, other] = round % 2 === 0 ? [store, second] : [second, store];
    await Promise.all([
      deliver(one, [{ ...interrupted, ...own }]),
      deliver(other, [{ ...complete, ...own }]),
    ]);
  }
  await second.close();
  const { rows } = await store.readers.query(
    `SELECT count(*)::int AS spans, count(*) FILTER (WHERE status = 2)::int AS interrupted FROM spans`,
  );
  expect(rows).toEqual([{ spans: 20, interrupted: 0 }]);
});
