import { createHash } from 'node:crypto';
import { context, SpanKind, trace, type Span, type Tracer } from '@opentelemetry/api';
import { outboxRow, type OutboxRow } from '@span-links/messaging/outbox';
import {
  ORDERS,
  writeOrTell,
  type NewOrder,
  type OrderMessage,
  type OrdersRepository,
  type ReceivedOrder,
  type RepeatAdvice,
} from '@span-links/orders-data';
import { captureTraceContext, inSpan, linkFromCarrier, sendMessage } from '@span-links/tracing';
import { v7 as uuidv7 } from 'uuid';
import { parseOrderRequest, type OrderRequest } from './order-request.ts';

const UNDER_A_KEY: RepeatAdvice = {
  howToRepeat: 'Send the same request again under the same Idempotency-Key: the order is then written once.',
  isSafeToRepeat: true,
};
const WITHOUT_KEY: RepeatAdvice = {
  howToRepeat:
    'Look for the order with GET /orders before you send it again. A request with an Idempotency-Key can be repeated safely.',
  isSafeToRepeat: false,
};

/** The settings for publishing received orders. */
export interface Publishing {
  /** `messaging.system` of the spans: the broker behind the outbox. This process does not connect to it. */
  readonly system: string;
}

/**
 * Receives orders: `receive-order` with its children `validate`, `send orders` and `persist-order`. The context of
 * `receive-order` is stored with the order, because later work links to that span. The context of `send orders` travels with
 * its message.
 */
export class OrderIntake {
  private readonly tracer: Tracer = trace.getTracer('@span-links/orders-api');

  /** @param publishing undefined stores orders without publishing them. */
  constructor(
    private readonly orders: OrdersRepository,
    private readonly publishing?: Publishing,
  ) {}

  /**
   * @throws InvalidOrderError, IdempotencyKeyReusedError, OutcomeUnknownError, or the error of the database. The spans record
   *   each.
   */
  async receive(body: unknown, idempotencyKey?: string): Promise<ReceivedOrder> {
    return inSpan(this.tracer, 'receive-order', { kind: SpanKind.PRODUCER }, async (span) => {
      const request = inSpan(this.tracer, 'validate', {}, () => parseOrderRequest(body));
      const received = await this.store({
        id: uuidv7(),
        customerId: request.customerId,
        currency: request.currency,
        items: request.items,
        statedTotalCents: request.totalCents ?? null,
        traceContext: captureTraceContext(),
        ...(idempotencyKey === undefined
          ? {}
          : { idempotency: { key: idempotencyKey, requestDigest: digestOf(request) } }),
      });
      describe(span, received);
      return received;
    });
  }

  /** Stores the order and publishes it. The span `send orders` covers the statement that writes both. */
  private async store(order: NewOrder & { readonly id: string }): Promise<ReceivedOrder> {
    const receiving = context.active();
    const { id, idempotency } = order;
    const persist = (message?: OutboxRow) =>
      inSpan(
        this.tracer,
        'persist-order',
        {},
        () =>
          writeOrTell(idempotency ? UNDER_A_KEY : WITHOUT_KEY, () =>
            this.orders.receive({ ...order, ...(message && { message }) }),
          ),
        receiving,
      );
    // A repeated request publishes nothing, so its trace must not have a `send orders` span.
    if (!this.publishing || (idempotency && (await this.orders.hasKey(idempotency.key)))) return persist();
    const { system } = this.publishing;
    const body: OrderMessage = { orderId: id };
    return sendMessage({ system, destination: ORDERS, id, tracer: this.tracer }, async (carrier, span) => {
      const received = await persist(outboxRow({ destination: ORDERS, id, key: id, body }, carrier));
      // Another request with the same key was faster.
      if (received.replayed) span.setAttribute('order.replayed', true);
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
  // A repeated request has a trace but no row. The link leads to the request with the row.
  const first = replayed ? linkFromCarrier(order.traceContext) : undefined;
  if (first) span.addLink(first);
}

// Over the validated fields in a fixed order, so that white space and the order of keys make no difference.
function digestOf({ customerId, currency, items, totalCents }: OrderRequest): string {
  const lines = items.map(({ sku, quantity, unitPriceCents }) => [sku, quantity, unitPriceCents]);
  return createHash('sha256')
    .update(JSON.stringify([customerId, currency, lines, totalCents ?? null]))
    .digest('base64url');
}
