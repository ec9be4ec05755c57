import { newTestDatabaseUrl } from '@span-links/orders-data/testing';
import {
  SPAN_KIND,
  startOtlpReceiver,
  type OtlpReceiver,
  type ReceivedSpan,
} from '@span-links/otlp/receiver';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startRunOnce } from './batch-app.ts';
import { carrierText, OrdersTable, plainOrders, sourceIds } from './orders.ts';

let receiver: OtlpReceiver;
let table: OrdersTable;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
beforeEach(async () => {
  table = new OrdersTable(await newTestDatabaseUrl());
});
afterEach(async () => {
  receiver.clear();
  await table.close();
});
afterAll(() => receiver.close());

async function runOnce(env: Record<string, string> = {}) {
  const run = startRunOnce({ DATABASE_URL: table.url, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env });
  const { code } = await run.exit;
  return { code, output: run.output, spans: receiver.spans() };
}

const roots = (spans: readonly ReceivedSpan[]) =>
  spans
    .filter((span) => span.name === 'process-batch')
    .sort((a, b) => Number(a.startTimeUnixNano - b.startTimeUnixNano));
const linksOf = (spans: readonly ReceivedSpan[]) => spans.flatMap((span) => span.links);

describe('process-batch', () => {
  it('makes no span, no run and no log line for an empty poll', async () => {
    const { code, spans, output } = await runOnce();
    expect(code).toBe(0);
    expect(spans).toEqual([]);
    expect(output).toContain('nothing was due');
    expect(output).not.toContain('process-batch');
  });

  it('has 5 links next to batch.size = 5, each to the right receive-order', async () => {
    const ids = await table.insert(plainOrders(5));
    const { code, spans } = await runOnce();
    expect(code).toBe(0);
    const [batch, ...others] = roots(spans);
    expect(others).toEqual([]);
    expect(batch).toMatchObject({ kind: SPAN_KIND.consumer, parentSpanId: undefined, droppedLinksCount: 0 });
    expect(batch?.attributes).toMatchObject({
      'batch.size': 5,
      'messaging.batch.message_count': 5,
      'spanlinks.links.kept': 5,
      'spanlinks.links.missing': 0,
      'batch.reconciled': 5,
    });
    expect(batch?.links.map(({ traceId, spanId }) => ({ traceId, spanId }))).toEqual(
      ids.map((_, i) => sourceIds(i)),
    );
    expect(batch?.links.map((link) => link.attributes['messaging.message.id'])).toEqual(ids);
    const children = spans.filter((span) => span.name === 'reconcile-order');
    expect(children.every((span) => span.parentSpanId === batch?.spanId)).toBe(true);
    expect(children.map((span) => span.attributes['order.id']).sort()).toEqual(ids);
  });

  it.each([
    [1, '100', [1]],
    [100, '100', [100]],
    [101, '100', [100, 1]],
    [1_000, '100', Array.from({ length: 10 }, () => 100)],
    [1_000, '10000', [1_000]],
  ])('links all of %i orders in batches of at most %s', async (count, size, sizes) => {
    await table.insert(plainOrders(count));
    const { code, spans, output } = await runOnce({ BATCH_SIZE: size });
    expect(code).toBe(0);
    const batches = roots(spans);
    expect(batches.map((span) => span.attributes['batch.size'])).toEqual(sizes);
    expect(new Set(batches.map((span) => span.traceId)).size).toBe(batches.length);
    expect(spans.every((span) => span.droppedLinksCount === 0)).toBe(true);
    const targets = linksOf(spans).map((link) => link.traceId);
    expect(targets.sort()).toEqual(
      Array.from({ length: count }, (_, index) => sourceIds(index).traceId).sort(),
    );
    expect(spans.filter((span) => span.name === 'reconcile-order')).toHaveLength(count);
    expect(output.match(/process-batch {2}size/g)).toHaveLength(sizes.length);
    expect(await table.statuses()).toEqual({ reconciled: count });
  });

  it('splits a batch of more links than the SDK keeps, and drops none', async () => {
    await table.insert(plainOrders(300));
    const { spans } = await runOnce({ BATCH_SIZE: '300' });
    const [root] = roots(spans);
    const parts = spans.filter((span) => span.name.startsWith('process-batch part '));
    expect(root?.links).toHaveLength(128);
    expect(parts.map((part) => part.links.length).sort()).toEqual([128, 44]);
    expect(parts.every((part) => part.parentSpanId === root?.spanId)).toBe(true);
    expect(root?.attributes).toMatchObject({
      'batch.size': 300,
      'spanlinks.links.kept': 300,
      'spanlinks.parts': 3,
    });
  });

  it('keeps all links on one span if the limit of the SDK is raised', async () => {
    await table.insert(plainOrders(300));
    const { spans } = await runOnce({ BATCH_SIZE: '300', OTEL_SPAN_LINK_COUNT_LIMIT: '1000' });
    expect(spans.filter((span) => span.links.length > 0).map((span) => span.links.length)).toEqual([300]);
  });

  it('loses only the link of a broken carrier and never the order, and records how many and why', async () => {
    const { traceId, spanId } = sourceIds(3);
    await table.insert([
      { traceContext: carrierText(0) },
      { traceContext: null },
      { traceContext: '{}' },
      { traceContext: '7' },
      { traceContext: '"a text"' },
      { traceContext: '{"traceparent": 1}' },
      { traceContext: JSON.stringify({ traceparent: `00-${traceId}-${spanId}-01`.toUpperCase() }) },
      { traceContext: JSON.stringify({ traceparent: `00-${'0'.repeat(32)}-${spanId}-01` }) },
      { traceContext: carrierText(1, '00') },
    ]);
    const { code, spans } = await runOnce();
    expect(code).toBe(0);
    const [batch] = roots(spans);
    expect(batch?.links.map((link) => link.traceId)).toEqual([sourceIds(0).traceId, sourceIds(1).traceId]);
    expect(batch?.attributes).toMatchObject({
      'batch.size': 9,
      'spanlinks.links.missing': 7,
      'spanlinks.links.missing_reason.missing': 2,
      'spanlinks.links.missing_reason.malformed': 4,
      'spanlinks.links.missing_reason.invalid': 1,
    });
    // The sampled bit tells a viewer why a target cannot be found.
    expect(batch?.links.map((link) => link.flags & 1)).toEqual([1, 0]);
    expect(await table.statuses()).toEqual({ reconciled: 9 });
  });

  it('links to a request once for each row that it inserted, so that no id is lost', async () => {
    const ids = await table.insert([0, 0, 0, 1].map((index) => ({ traceContext: carrierText(index) })));
    const { spans } = await runOnce();
    const [batch] = roots(spans);
    expect(batch?.attributes).toMatchObject({
      'batch.size': 4,
      'spanlinks.links.kept': 4,
      'spanlinks.links.missing': 0,
    });
    expect(batch?.links.map((link) => [link.spanId, link.attributes['messaging.message.id']])).toEqual(
      [0, 0, 0, 1].map((index, row) => [sourceIds(index).spanId, ids[row]]),
    );
  });

  it('ends a wrong order as a discrepancy with its reason, on the row and on its span, and goes on', async () => {
    const [wrong, broken, right] = await table.insert([
      { statedTotalCents: 99 },
      { items: 'nothing that can be summed' },
      { statedTotalCents: 100 },
    ]);
    const { code, spans } = await runOnce();
    expect(code).toBe(0);
    const rows = await table.query<{ id: string; status: string; reason: string | null; batch_id: string }>(
      'SELECT id, status, reason, batch_id FROM orders ORDER BY id',
    );
    expect(rows).toMatchObject([
      { id: wrong, status: 'discrepancy', reason: 'the stated total is 99 cents, the items sum up to 100' },
      { id: broken, status: 'discrepancy', reason: 'the items are not a list' },
      { id: right, status: 'reconciled', reason: null },
    ]);
    const spanOf = (id?: string) =>
      spans.find((span) => span.attributes['order.id'] === id && span.name === 'reconcile-order');
    for (const row of rows) {
      expect(spanOf(row.id)?.attributes).toMatchObject({
        'order.status': row.status,
        ...(row.reason === null ? {} : { 'order.reason': row.reason }),
      });
    }
    const [batch] = roots(spans);
    expect(batch?.attributes).toMatchObject({ 'batch.reconciled': 1, 'batch.discrepancies': 2 });
    expect(new Set(rows.map((row) => row.batch_id))).toEqual(new Set([batch?.attributes['batch.id']]));
  });

  it('writes each batch in one statement, whatever its size', async () => {
    await table.insert(plainOrders(50));
    const { spans } = await runOnce();
    const [batch] = roots(spans);
    const writes = spans.filter((span) => /pg\.query/.test(span.name));
    expect(writes.every((span) => span.parentSpanId === batch?.spanId)).toBe(true);
    // One for its own span's context, one for all outcomes.
    expect(writes).toHaveLength(2);
  });

  it('stores the context of its own span, and counts, in its row', async () => {
    await table.insert([...plainOrders(2), { traceContext: null }]);
    const { spans } = await runOnce();
    const [batch] = roots(spans);
    const [row] = await table.query(
      'SELECT size, links, links_missing, outcome, reconciled, trace_context FROM batches',
    );
    expect(row).toEqual({
      size: 3,
      links: 2,
      links_missing: 1,
      outcome: 'completed',
      reconciled: 3,
      trace_context: { traceparent: `00-${batch?.traceId}-${batch?.spanId}-01` },
    });
  });

  it('works without an SDK and without a backend', async () => {
    await table.insert(plainOrders(3));
    expect((await runOnce({ OTEL_SDK_DISABLED: 'true' })).code).toBe(0);
    await table.insert(plainOrders(3));
    expect((await runOnce({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })).code).toBe(0);
    expect(await table.statuses()).toEqual({ reconciled: 6 });
    expect(receiver.spans()).toEqual([]);
  });
});

describe('run-once', () => {
  it('exits with 1 where an order was given up', async () => {
    await table.insert(plainOrders(1));
    await table.query(
      `UPDATE orders SET attempts = 3, lease_until = now() - interval '1 s', batch_id = gen_random_uuid()`,
    );
    const { code, output } = await runOnce({ BATCH_MAX_ATTEMPTS: '3' });
    expect(code).toBe(1);
    expect(output).toContain('gave up 1 order');
    expect(await table.statuses()).toEqual({ failed: 1 });
  });

  it('exits with 1 and a sentence where the database is away', async () => {
    const { code, output } = await runOnce({
      DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:9/none',
      DATABASE_CONNECT_TIMEOUT_MS: '500',
    });
    expect(code).toBe(1);
    expect(output).toContain('did not answer within 500 ms');
    expect(output).not.toContain('secret');
  });

  it('gives the orders of a batch that cannot be written back, marks its span, and exits with 1', async () => {
    await table.insert(plainOrders(2));
    await table.query(`ALTER TABLE orders ADD CONSTRAINT no_reconciling CHECK (status <> 'reconciled')`);
    const { code, spans, output } = await runOnce();
    expect(code).toBe(1);
    expect(output).toContain('the run broke off');
    expect(roots(spans)[0]?.status.message).toContain('no_reconciling');
    expect(await table.statuses()).toEqual({ pending: 2 });
    const [run] = await table.query('SELECT outcome FROM runs');
    expect(run).toEqual({ outcome: 'failed' });
  });

  it('links an attempt to its origins and to the span of the attempt before it', async () => {
    const ids = await table.insert(plainOrders(2));
    await table.query(`ALTER TABLE orders ADD CONSTRAINT no_reconciling CHECK (status <> 'reconciled')`);
    await runOnce();
    const [first] = roots(receiver.spans());
    receiver.clear();
    await table.query('ALTER TABLE orders DROP CONSTRAINT no_reconciling');
    // A second attempt takes a tenth of the size: two orders.
    await table.query(`UPDATE orders SET lease_until = now() - interval '1 s'`);
    const { code, spans } = await runOnce({ BATCH_SIZE: '20' });
    expect(code).toBe(0);
    const [second, ...more] = roots(spans);
    expect(more).toEqual([]);
    expect(first?.attributes['spanlinks.attempt']).toBe(1);
    expect(second?.attributes).toMatchObject({
      'spanlinks.attempt': 2,
      'batch.size': 2,
      'spanlinks.links.kept': 2,
    });
    const [previous, ...origins] = second?.links ?? [];
    expect(previous).toMatchObject({ traceId: first?.traceId, spanId: first?.spanId });
    expect(previous?.attributes).toMatchObject({
      'spanlinks.relation': 'previous_attempt',
      'spanlinks.attempt': 1,
    });
    expect(origins.map((link) => link.attributes['messaging.message.id'])).toEqual(ids);
    const [order] = await table.query<{ batch_ids: string[] }>('SELECT batch_ids FROM orders LIMIT 1');
    expect(order?.batch_ids).toEqual([first?.attributes['batch.id'], second?.attributes['batch.id']]);
  });
});
