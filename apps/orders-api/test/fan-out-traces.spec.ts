import { newTestDatabaseUrl } from '@span-links/orders-data/testing';
import {
  SPAN_KIND,
  startOtlpReceiver,
  STATUS_CODE,
  type OtlpReceiver,
  type ReceivedSpan,
} from '@span-links/otlp/receiver';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FanOutView } from '../src/fan-out-view.ts';
import type { OrderTrailView } from '../src/order-trail-view.ts';
import { itemOf, Shop, type OrderRow } from './shop.ts';

const BRANCHES = ['authorize-payment', 'notify-customer', 'reserve-stock', 'score-risk'];
const VIEWER = 'http://viewer.example/t/{traceId}/{spanId}';

let receiver: OtlpReceiver;
let shop: Shop;
let app: AppUnderTest;
let url: string;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  shop = new Shop(await newTestDatabaseUrl());
  app = new AppUnderTest({
    main: new URL('../dist/main.js', import.meta.url),
    instrumentation: new URL('../dist/instrumentation.js', import.meta.url),
    env: {
      DATABASE_URL: shop.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      FAN_OUT_POLL_MS: '20',
      FAN_OUT_RETRY_MS: '10',
      FAN_OUT_MAX_ATTEMPTS: '3',
      STOCK_PER_SKU: '1000',
      TRACE_URL_TEMPLATE: VIEWER,
    },
  });
  url = await app.ready();
});
afterEach(async () => {
  receiver.clear();
  expect(await shop.imbalances()).toEqual([]);
});
afterAll(async () => {
  await app.stop();
  await shop.close();
  await receiver.close();
});

const fanOut = async (id: string) => {
  const response = await fetch(`${url}/orders/${id}/fan-out?wait=true`, { method: 'POST' });
  return (await response.json()) as FanOutView;
};
const ended = async (row: OrderRow = {}) => fanOut((await shop.insert([row]))[0] ?? '');
/** The spans of these operations, after the waiting request and the last of them have arrived. */
const spansOf = async (...views: FanOutView[]) => {
  const ids = new Set<unknown>(views.map(({ id }) => id));
  const expected = views
    .flatMap(({ operations }) => operations)
    .reduce((sum, { attempts }) => sum + attempts, 0);
  const own = (spans: readonly ReceivedSpan[]) =>
    spans.filter((span) => ids.has(span.attributes['fan_out.id']));
  const all = await receiver.waitForSpans((spans) => own(spans).length >= expected + views.length, {
    timeoutMs: 30_000,
  });
  return own(all);
};
const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);
const only = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const found = named(spans, name);
  expect(found.map((span) => span.name)).toEqual([name]);
  return found[0]!;
};
/** The links of a span: the relation, and the ids of the target. */
const linksOf = (span: ReceivedSpan) =>
  span.links.map((link) => [link.attributes['spanlinks.relation'], link.traceId, link.spanId]);
const to = (relation: string, span: ReceivedSpan) => [relation, span.traceId, span.spanId];

describe('a fan-out', () => {
  it('starts every operation as the root of its own trace, which links only to fan-out-order', async () => {
    const view = await ended();
    const spans = await spansOf(view);
    const initiator = only(spans, 'fan-out-order');
    expect(initiator).toMatchObject({ kind: SPAN_KIND.producer, traceId: view.traceId });
    const branches = BRANCHES.map((name) => only(spans, name));
    for (const branch of branches) {
      expect(branch.parentSpanId).toBeUndefined();
      expect(linksOf(branch)).toEqual([to('initiator', initiator)]);
      expect(branch.attributes['spanlinks.attempt']).toBe(1);
    }
    const roots = [initiator, ...branches, only(spans, 'complete-fan-out')];
    expect(new Set(roots.map((span) => span.traceId)).size).toBe(6);
    const shown = view.operations.map(({ kind, traceId, spanId }) => [kind, traceId, spanId]);
    expect(shown.sort()).toEqual(
      roots
        .slice(1)
        .map((span) => [span.name, span.traceId, span.spanId])
        .sort(),
    );
  });

  it('links to the span that received its order', async () => {
    const answer = await fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ customerId: 'me', currency: 'EUR', items: [itemOf('A')] }),
    });
    const { id, traceId } = (await answer.json()) as { id: string; traceId: string };
    const spans = await spansOf(await fanOut(id));
    const received = only(
      receiver.spans().filter((span) => span.traceId === traceId),
      'receive-order',
    );
    const initiator = only(spans, 'fan-out-order');
    expect(initiator.traceId).not.toBe(traceId);
    expect(linksOf(initiator)).toEqual([to('origin', received)]);
    expect(initiator.attributes).not.toHaveProperty('spanlinks.missing_reason');
  });

  it.each([
    [null, 'missing'],
    [{ traceparent: 'nonsense' }, 'malformed'],
    [{ traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }, 'invalid'],
  ])(
    'runs all the same for an order whose carrier is %j, and says on its span why it has no link',
    async (traceContext, reason) => {
      const view = await ended({ traceContext });
      expect(view.status).toBe('completed');
      const initiator = only(await spansOf(view), 'fan-out-order');
      expect(initiator.links).toEqual([]);
      expect(initiator.attributes['spanlinks.missing_reason']).toBe(reason);
    },
  );

  it('is joined by a span that links to all of its branches', async () => {
    const spans = await spansOf(await ended());
    const join = only(spans, 'complete-fan-out');
    expect(join.parentSpanId).toBeUndefined();
    expect(linksOf(join).sort()).toEqual(BRANCHES.map((name) => to('origin', only(spans, name))).sort());
    expect(join.attributes).toMatchObject({
      'batch.size': 4,
      'spanlinks.links.missing': 0,
      'join.failed': 0,
    });
  });

  it('keeps its operations in their own traces, their queries below them', async () => {
    const view = await ended();
    const spans = await spansOf(view);
    const payment = only(spans, 'authorize-payment');
    const below = receiver.spans().filter((span) => span.traceId === payment.traceId && span !== payment);
    expect(below.length).toBeGreaterThan(0);
    expect(below.every((span) => span.parentSpanId === payment.spanId)).toBe(true);
    const request = receiver.spans().filter((span) => span.traceId === view.traceId);
    expect(request.filter(({ name }) => BRANCHES.includes(name))).toEqual([]);
  });

  it('links a repeated request to the request that started it', async () => {
    const first = await ended();
    const again = await fanOut(first.orderId);
    expect(again).toEqual(first);
    const spans = await receiver.waitForSpans((all) => named(all, 'fan-out-order').length === 2);
    const repeated = named(spans, 'fan-out-order').find((span) => span.traceId !== first.traceId);
    expect(repeated?.links.map(({ traceId }) => traceId)).toEqual([first.traceId]);
  });

  it('makes no span while nothing is due', async () => {
    await spansOf(await ended());
    // At least two exports and tens of polls later.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const roots = receiver.spans().filter((span) => span.parentSpanId === undefined);
    expect(roots.map(({ name }) => name).sort()).toEqual(
      ['POST /orders/:id/fan-out', ...BRANCHES, 'complete-fan-out'].sort(),
    );
  });

  it('works for 100 at once: every branch has its own trace and links to its own initiator, and the books balance', async () => {
    const ids = await shop.insert(
      Array.from({ length: 100 }, (_, index) => ({ items: [itemOf('CROWD', 3), itemOf(`SKU-${index}`)] })),
    );
    const views = await Promise.all(ids.map(fanOut));
    expect(new Set(views.map(({ status }) => status))).toEqual(new Set(['completed']));
    const spans = await spansOf(...views);
    const branches = spans.filter(({ name }) => BRANCHES.includes(name));
    expect(branches).toHaveLength(400);
    expect(new Set(branches.map(({ traceId }) => traceId)).size).toBe(400);
    for (const view of views) {
      const own = spans.filter((span) => span.attributes['fan_out.id'] === view.id);
      const initiator = only(own, 'fan-out-order');
      expect(initiator.traceId).toBe(view.traceId);
      const linked = BRANCHES.map((name) => linksOf(only(own, name)));
      expect(linked).toEqual(BRANCHES.map(() => [to('initiator', initiator)]));
      expect(linksOf(only(own, 'complete-fan-out')).sort()).toEqual(
        BRANCHES.map((name) => to('origin', only(own, name))).sort(),
      );
    }
    expect(await shop.query(`SELECT available::int FROM stock WHERE sku = 'CROWD'`)).toEqual([
      { available: 700 },
    ]);
  });
});

describe('an attempt after the first', () => {
  it('links to the initiator and to the span of the attempt before it', async () => {
    const view = await ended({ items: [itemOf('LATE', 1, 17)] });
    const spans = await spansOf(view);
    const attempts = named(spans, 'authorize-payment').sort(
      (a, b) => Number(a.attributes['spanlinks.attempt']) - Number(b.attributes['spanlinks.attempt']),
    );
    expect(attempts.map((span) => span.attributes['spanlinks.attempt'])).toEqual([1, 2]);
    const [first, second] = attempts as [ReceivedSpan, ReceivedSpan];
    expect(first.status).toMatchObject({ code: STATUS_CODE.error });
    expect(first.attributes).toMatchObject({
      'operation.retried': true,
      'error.type': 'PaymentTimeoutError',
    });
    expect(linksOf(second)).toEqual([
      to('initiator', only(spans, 'fan-out-order')),
      to('previous_attempt', first),
    ]);
    expect(second.links[1]?.attributes['spanlinks.attempt']).toBe(1);
    expect(linksOf(only(spans, 'complete-fan-out'))).toContainEqual(to('origin', second));
  });
});

describe('a branch that fails for good', () => {
  it('keeps its link in the join, and the compensation links to the span that it undoes', async () => {
    const spans = await spansOf(await ended({ items: [itemOf('REFUSED', 1, 13)] }));
    const join = only(spans, 'complete-fan-out');
    const refused = only(spans, 'authorize-payment');
    expect(refused.attributes['operation.retried']).toBe(false);
    expect(linksOf(join)).toContainEqual(to('origin', refused));
    expect(join.links).toHaveLength(4);
    expect(join.attributes['join.failed']).toBe(1);
    const release = only(spans, 'release-stock');
    expect(release.parentSpanId).toBeUndefined();
    expect(linksOf(release)).toEqual([
      to('compensates', only(spans, 'reserve-stock')),
      to('initiator', join),
    ]);
  });

  it('has a void-payment span that links to the span that authorized the payment', async () => {
    const spans = await spansOf(await ended({ items: [itemOf('MUCH', 1_001)] }));
    expect(linksOf(only(spans, 'void-payment'))).toEqual([
      to('compensates', only(spans, 'authorize-payment')),
      to('initiator', only(spans, 'complete-fan-out')),
    ]);
  });
});

describe('a carrier that is broken in the table', () => {
  it('costs the operation its link, but not its work', async () => {
    const [id = ''] = await shop.insert([{}]);
    await shop.query(`INSERT INTO fan_outs (id, order_id, customer_id) VALUES ($1, $1, 'c')`, [id]);
    await shop.query(
      `INSERT INTO operations (id, fan_out_id, kind, trace_context)
       SELECT gen_random_uuid(), $1, kind, '{"traceparent": 7}' FROM unnest($2::text[]) AS kind`,
      [id, BRANCHES],
    );
    const view = await fanOut(id);
    expect(view.status).toBe('completed');
    const spans = await spansOf(view);
    expect(BRANCHES.map((name) => only(spans, name).links)).toEqual([[], [], [], []]);
    expect(only(spans, 'score-risk').attributes['spanlinks.missing_reason']).toBe('malformed');
  });
});

describe('the way forward from an order', () => {
  const trailOf = async (id: string) =>
    (await (await fetch(`${url}/orders/${id}/trace`)).json()) as OrderTrailView;

  it('lists every span it led through, attempts and compensations too, each with a link into the viewer', async () => {
    const received = await fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ customerId: 'c', currency: 'EUR', items: [itemOf('TRAIL', 1, 19)] }),
    });
    const { id, traceId } = (await received.json()) as { id: string; traceId: string };
    const batchSpan = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
    const carrier = JSON.stringify({ traceparent: `00-${batchSpan.traceId}-${batchSpan.spanId}-01` });
    await shop.query(
      `WITH batch AS (INSERT INTO batches (id, run_id, worker, size, lease_until, trace_context, outcome, finished_at)
         VALUES (gen_random_uuid(), gen_random_uuid(), 'w', 1, now(), NULL, 'abandoned', now()),
                (gen_random_uuid(), gen_random_uuid(), 'w', 1, now(), $2, 'completed', now()) RETURNING id, outcome)
       UPDATE orders SET batch_ids = (SELECT array_agg(id ORDER BY outcome) FROM batch) WHERE id = $1`,
      [id, carrier],
    );
    const view = await fanOut(id);
    const { traces } = await trailOf(id);
    const told = traces.map(({ kind, attempt, status }) => [kind, attempt, status]);
    expect(told.slice(0, 5)).toEqual([
      ['receive-order', null, 'pending'],
      ['send orders', null, 'published'],
      ['process-batch', 1, 'abandoned'],
      ['process-batch', 2, 'completed'],
      ['fan-out-order', null, 'failed'],
    ]);
    expect(told.slice(5).sort()).toEqual(
      [
        ['authorize-payment', 1, 'failed'],
        ['authorize-payment', 2, 'failed'],
        ['authorize-payment', 3, 'failed'],
        ['notify-customer', 1, 'done'],
        ['reserve-stock', 1, 'done'],
        ['score-risk', 1, 'done'],
        ['complete-fan-out', 1, 'done'],
        ['release-stock', 1, 'done'],
      ].sort(),
    );
    expect(traces[0]).toMatchObject({ traceId, status: 'pending' });
    expect(traces[1]).toMatchObject({ traceId });
    expect(traces[2]).toMatchObject({ traceId: null, spanId: null, url: null });
    expect(traces[3]).toMatchObject(batchSpan);
    for (const { traceId, spanId, url } of traces.filter((step) => step.traceId !== null)) {
      expect(url).toBe(VIEWER.replace('{traceId}', String(traceId)).replace('{spanId}', String(spanId)));
    }
    const sent = await spansOf(view);
    const known = new Set(sent.map((span) => span.traceId + span.spanId));
    expect(traces.slice(4).every(({ traceId, spanId }) => known.has(`${traceId}${spanId}`))).toBe(true);
    expect(traces.map(({ startedAt }) => startedAt)).toEqual(
      [...traces.map(({ startedAt }) => startedAt)].sort(),
    );
  });

  it('lists only the receiving span for a new order', async () => {
    const traceparent = `00-${'ef'.repeat(16)}-${'01'.repeat(8)}-01`;
    const [id = ''] = await shop.insert([{ traceContext: { traceparent } }]);
    const { traces } = await trailOf(id);
    expect(traces).toMatchObject([{ kind: 'receive-order', traceId: 'ef'.repeat(16), finishedAt: null }]);
  });
});

describe('a response', () => {
  it.each([
    ['/orders', 200],
    ['/orders/nonsense', 404],
    ['/no/such/route', 404],
  ])('to GET %s names the span of its request', async (path, status) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(status);
    const [, traceId, spanId] = response.headers.get('traceresponse')?.split('-') ?? [];
    const its = (span: ReceivedSpan) => span.spanId === spanId;
    const request = (await receiver.waitForSpans((all) => all.some(its))).find(its);
    expect(request).toMatchObject({ traceId, kind: SPAN_KIND.server });
    expect(request?.attributes).toMatchObject({ 'url.path': path, 'http.response.status_code': status });
    const traceparent = `00-${traceId}-${spanId}-01`;
    expect(response.headers.get('traceresponse')).toBe(traceparent);
    expect(response.headers.get('server-timing')).toBe(`traceparent;desc="${traceparent}"`);
  });

  it('names no span without an SDK', async () => {
    const response = await fetch(`${url}/health/live`);
    expect(response.headers.get('traceresponse')).toBeNull();
    expect(response.headers.get('server-timing')).toBeNull();
  });
});
