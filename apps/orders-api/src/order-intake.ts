import { createHash } from 'node:crypto';
import { SpanKind, trace, type Span, type Tracer } from '@opentelemetry/api';
import type { OrdersRepository, ReceivedOrder } from '@span-links/orders-data';
import { captureTraceContext, inSpan, linkFromCarrier } from '@span-links/tracing';
import { parseOrderRequest, type OrderRequest } from './order-request.ts';

/**
 * Receives orders: `receive-order` with its children `validate` and `persist-order`. What is stored with the order is the
 * context of `receive-order` itself, for that is the span which later work has to lead back to.
 */
export class OrderIntake {
  private readonly tracer: Tracer = trace.getTracer('@span-links/orders-api');

  constructor(private readonly orders: OrdersRepository) {}

  /**
   * @throws InvalidOrderError, IdempotencyKeyReusedError, or what the database throws; each is on the spans as well.
   */
  async receive(body: unknown, idempotencyKey?: string): Promise<ReceivedOrder> {
    return inSpan(this.tracer, 'receive-order', { kind: SpanKind.PRODUCER }, async (span) => {
      const traceContext = captureTraceContext();
      const request = inSpan(this.tracer, 'validate', {}, () => parseOrderRequest(body));
      const received = await inSpan(this.tracer, 'persist-order', {}, () =>
        this.orders.receive({
          customerId: request.customerId,
          currency: request.currency,
          items: request.items,
          statedTotalCents: request.totalCents ?? null,
          traceContext,
          ...(idempotencyKey === undefined
            ? {}
            : { idempotency: { key: idempotencyKey, requestDigest: digestOf(request) } }),
        }),
      );
      describe(span, received);
      return received;
    });
  }
}

function describe(span: Span, { order, replayed }: ReceivedOrder): void {
  span.setAttributes({
    'order.id': order.id,
    'order.items': order.items.length,
    'messaging.message.id': order.id,
    ...(replayed ? { 'order.replayed': true } : {}),
  });
  // A repeated request has a trace but no row: the link leads to the one that has.
  const first = replayed ? linkFromCarrier(order.traceContext) : undefined;
  if (first) span.addLink(first);
}

// Over the validated fields in a fixed order, so that neither white space nor the order of keys makes another request.
function digestOf({ customerId, currency, items, totalCents }: OrderRequest): string {
  const lines = items.map(({ sku, quantity, unitPriceCents }) => [sku, quantity, unitPriceCents]);
  return createHash('sha256')
    .update(JSON.stringify([customerId, currency, lines, totalCents ?? null]))
    .digest('base64url');
}
