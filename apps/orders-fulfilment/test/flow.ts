import { newTestDatabaseUrl } from '@span-links/orders-data/testing';
import { SPAN_KIND, type ReceivedSpan } from '@span-links/otlp/receiver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linksOf, named, order, post, ShopFloor, to } from './shop-floor.ts';

/** The SDK cuts the start of a span to whole milliseconds and measures its end from there, so an end can be early. */
const CLOCK_ERROR_NS = 2_000_000n;

interface Trail {
  readonly traces: readonly {
    readonly kind: string;
    readonly consumer: string | null;
    readonly traceId: string;
    readonly spanId: string;
    readonly status: string;
  }[];
}

/**
 * One order on its whole way, over a transport: what happens, and what the exported spans say of it.
 *
 * @param startBroker starts what the transport needs. @returns the settings of the apps.
 */
export function describeFlow(
  transport: string,
  startBroker: () => Promise<{ readonly env: Record<string, string>; stop(): Promise<void> }>,
): void {
  describe(`the path of an order over ${transport}`, () => {
    let floor: ShopFloor;
    let broker: Awaited<ReturnType<typeof startBroker>>;
    let spans: readonly ReceivedSpan[];
    let id: string;
    let trail: Trail;
    const one = (name: string, parent?: ReceivedSpan): ReceivedSpan => {
      const found = named(spans, name, parent);
      expect(found.map((span) => span.name)).toEqual([name]);
      return found[0]!;
    };
    /** The `process orders` span above a span of this name. */
    const consumerAbove = (child: string) => {
      const { traceId, parentSpanId } = one(child);
      return spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId);
    };

    beforeAll(async () => {
      broker = await startBroker();
      floor = await ShopFloor.open(await newTestDatabaseUrl(), broker.env);
      const [api, batch] = await Promise.all([
        floor.start('orders-api', { FAN_OUT_POLL_MS: '20' }),
        floor.start('orders-batch'),
        floor.start('orders-fulfilment'),
      ]);
      const received = await post<{ id: string; traceId: string }>(`${api}/orders`, order());
      expect(received.status).toBe(201);
      ({ id } = received.body);
      await floor.until('the order to be shipped, dispatched and invoiced', async () => {
        const [row] = await floor.query(
          'SELECT FROM shipments JOIN invoices USING (order_id) WHERE order_id = $1 AND dispatched_at IS NOT NULL',
          [id],
        );
        return row;
      });
      await post(`${api}/orders/${id}/fan-out?wait=true`);
      await post(`${batch}/runs`);
      await floor.until('the order to be reconciled', async () => {
        const [row] = await floor.query(`SELECT FROM orders WHERE id = $1 AND status = 'reconciled'`, [id]);
        return row;
      });
      const last = [
        'process-batch',
        'process shipments',
        'complete-fan-out',
        'invoice-order',
        'send shipments',
      ];
      spans = await floor.receiver.waitForSpans(
        (all) =>
          last.every((name) => named(all, name).length > 0) && named(all, 'process orders').length === 2,
        { timeoutMs: 50_000 },
      );
      trail = (await (await fetch(`${api}/orders/${id}/trace`)).json()) as Trail;
    }, 240_000);
    afterAll(async () => {
      await floor.close();
      await broker.stop();
    }, 120_000);

    it('begins with a PRODUCER span below receive-order, which covers the write', () => {
      const received = one('receive-order');
      const sent = one('send orders');
      expect(sent).toMatchObject({
        kind: SPAN_KIND.producer,
        traceId: received.traceId,
        parentSpanId: received.spanId,
        attributes: {
          'messaging.system': transport,
          'messaging.destination.name': 'orders',
          'messaging.operation.name': 'send',
          'messaging.operation.type': 'send',
          'messaging.message.id': id,
        },
      });
      expect(one('persist-order')).toMatchObject({
        traceId: received.traceId,
        parentSpanId: received.spanId,
      });
    });

    it('includes shipping in its own trace, which links only to the message', () => {
      const shipping = consumerAbove('send shipments');
      expect(shipping).toMatchObject({
        name: 'process orders',
        kind: SPAN_KIND.consumer,
        parentSpanId: undefined,
        attributes: {
          'messaging.system': transport,
          'messaging.destination.name': 'orders',
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.message.id': id,
          'order.id': id,
          'shipment.parcels': 2,
          'spanlinks.attempt': 1,
        },
      });
      expect(shipping?.traceId).not.toBe(one('receive-order').traceId);
      expect(linksOf(shipping)).toEqual([to('origin', one('send orders'))]);
    });

    it('includes invoicing in its own trace, in a span below the one that links to the message', () => {
      const invoicing = consumerAbove('invoice-order');
      expect(invoicing).toMatchObject({
        name: 'process orders',
        kind: SPAN_KIND.consumer,
        parentSpanId: undefined,
        attributes: { 'messaging.destination.name': 'orders', 'messaging.operation.type': 'process' },
      });
      expect(linksOf(invoicing)).toEqual([to('origin', one('send orders'))]);
      expect(one('invoice-order').attributes).toMatchObject({ 'order.id': id, 'messaging.message.id': id });
    });

    it('includes the shipment that shipping publishes, dispatched in a trace that links to it', () => {
      const sent = one('send shipments');
      expect(sent).toMatchObject({
        kind: SPAN_KIND.producer,
        attributes: { 'messaging.system': transport, 'messaging.destination.name': 'shipments' },
      });
      const dispatch = one('process shipments');
      expect(dispatch).toMatchObject({
        kind: SPAN_KIND.consumer,
        parentSpanId: undefined,
        attributes: { 'order.id': id, 'messaging.message.id': sent.attributes['messaging.message.id'] },
      });
      expect(linksOf(dispatch)).toEqual([to('origin', sent)]);
    });

    it('includes the batch and the fan-out, with links to the span that received the order', () => {
      expect(linksOf(one('process-batch'))).toEqual([to('origin', one('receive-order'))]);
      expect(linksOf(one('fan-out-order'))).toEqual([to('origin', one('receive-order'))]);
    });

    it('has consumers in their own traces, connected only by links', () => {
      const roots = [
        one('receive-order'),
        consumerAbove('send shipments'),
        consumerAbove('invoice-order'),
        one('process shipments'),
        one('process-batch'),
        one('fan-out-order'),
        one('complete-fan-out'),
      ];
      expect(new Set(roots.map((span) => span?.traceId)).size).toBe(roots.length);
    });

    it('has a trail that lists the span of every step', () => {
      const step = (kind: string, span: ReceivedSpan | undefined, consumer: string | null = null) =>
        expect(trail.traces.find((each) => each.kind === kind && each.consumer === consumer)).toMatchObject({
          traceId: span?.traceId,
          spanId: span?.spanId,
        });
      step('receive-order', one('receive-order'));
      step('send orders', one('send orders'));
      step('process orders', consumerAbove('send shipments'), 'shipping');
      step('process shipments', one('process shipments'), 'dispatch');
      step('invoice-order', one('invoice-order'), 'invoicing');
      step('process-batch', one('process-batch'));
      step('fan-out-order', one('fan-out-order'));
      for (const kind of [
        'reserve-stock',
        'authorize-payment',
        'notify-customer',
        'score-risk',
        'complete-fan-out',
      ])
        step(kind, one(kind));
      expect(trail.traces).toHaveLength(12);
    });

    it('leaves nothing in the trace of a consumer that starts after the consumer has ended', () => {
      for (const consumer of [...named(spans, 'process orders'), one('process shipments')]) {
        const late = floor.receiver
          .spans()
          .filter(({ traceId }) => traceId === consumer.traceId)
          .filter(({ startTimeUnixNano }) => startTimeUnixNano > consumer.endTimeUnixNano + CLOCK_ERROR_NS);
        expect(late.map(({ name }) => name)).toEqual([]);
      }
    });

    it('has no other root spans', () => {
      const roots = spans.filter((span) => span.parentSpanId === undefined).map((span) => span.name);
      const requests = roots.filter((name) => /^(GET|POST) /.test(name));
      expect(roots.filter((name) => !requests.includes(name)).sort()).toEqual(
        [
          'process orders',
          'process orders',
          'process shipments',
          'process-batch',
          'reserve-stock',
          'authorize-payment',
          'notify-customer',
          'score-risk',
          'complete-fan-out',
        ].sort(),
      );
    });
  });
}
