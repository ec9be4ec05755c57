import { trace, type Tracer } from '@opentelemetry/api';
import {
  holdingLease,
  type Claim,
  type ClaimedOrder,
  type OrderOutcome,
  type OrderQueue,
} from '@span-links/orders-data';
import {
  carrierOf,
  inFanIn,
  startFanIn,
  type Attempt,
  type FanIn,
  type LinkSource,
} from '@span-links/tracing';
import { exportRoom, spanLinkLimit } from '@span-links/tracing/sdk';
import { errorText } from '@span-links/service-shell';
import { reconcileOrder } from './reconcile-order.ts';

/** The result of one batch. */
export interface BatchResult {
  readonly batchId: string;
  readonly size: number;
  readonly links: number;
  readonly linksMissing: number;
  readonly reconciled: number;
  readonly discrepancies: number;
  /** The trace of the `process-batch` span; all zeros without an SDK. */
  readonly traceId: string;
  readonly durationMs: number;
}

// The number of orders before the exporter gets a turn. Each has one span, and the exporter takes 512 at a time.
const ORDERS_PER_TURN = 512;

interface BatchInHand {
  readonly batchId: string;
  readonly orders: readonly ClaimedOrder[];
  readonly fanIn: FanIn;
  readonly claimedAt: number;
  readonly lost: AbortSignal;
}

/** Turns claimed orders into one `process-batch` span with its links, its children and one write. */
export class BatchProcessor {
  private readonly tracer: Tracer = trace.getTracer('@span-links/orders-batch');

  constructor(
    private readonly queue: OrderQueue,
    private readonly settings: { readonly maxAttempts: number; readonly leaseMs: number },
  ) {}

  /**
   * @param claimedAt the start of the claim, in ms since the epoch. The span starts there, although its links are known only
   *   after the claim.
   * @throws the error of the batch. Its orders have been given back, or are due when the lease expires.
   */
  async process(claim: Claim, claimedAt: number): Promise<BatchResult | undefined> {
    const { batchId, orders } = claim;
    if (orders.length === 0) return undefined;
    const batch = startFanIn(this.tracer, 'process-batch', orders.map(sourceOf), {
      attempt: attemptOf(claim),
      startTime: claimedAt,
      linkLimit: spanLinkLimit(),
      attributes: {
        'batch.id': batchId,
        'messaging.operation.type': 'process',
        'messaging.operation.name': 'process',
      },
    });
    if (batch === undefined) return undefined;
    return inFanIn(batch, async () => {
      try {
        const { leaseMs } = this.settings;
        const lease = { leaseMs, renew: () => this.queue.renew(batchId, leaseMs) };
        return await holdingLease(lease, (lost) =>
          this.reconcile({ batchId, orders, fanIn: batch, claimedAt, lost }),
        );
      } catch (error) {
        await this.giveBack(batchId, error);
        throw error;
      }
    });
  }

  private async reconcile({ batchId, orders, fanIn, claimedAt, lost }: BatchInHand): Promise<BatchResult> {
    const links = fanIn.links.links.length;
    const linksMissing = fanIn.links.missingCount;
    const spanContext = fanIn.span.spanContext();
    const carrier = trace.isSpanContextValid(spanContext) ? carrierOf(spanContext) : undefined;
    // The database writes it while this process reconciles. It must be there before the outcomes.
    const recorded = this.queue.recordSpan(batchId, carrier, links, linksMissing);
    const [outcomes] = await Promise.all([this.reconcileEach(orders, fanIn, lost), recorded]);
    lost.throwIfAborted();
    const tally = await this.queue.finish(batchId, outcomes);
    fanIn.span.setAttributes({
      'batch.reconciled': tally.reconciled,
      'batch.discrepancies': tally.discrepancies,
    });
    const { traceId } = spanContext;
    return {
      batchId,
      size: orders.length,
      links,
      linksMissing,
      ...tally,
      traceId,
      durationMs: Date.now() - claimedAt,
    };
  }

  private async reconcileEach(
    orders: readonly ClaimedOrder[],
    fanIn: FanIn,
    lost: AbortSignal,
  ): Promise<OrderOutcome[]> {
    const outcomes: OrderOutcome[] = [];
    for (const [position, order] of orders.entries()) {
      if (position % ORDERS_PER_TURN === 0) {
        await exportRoom(ORDERS_PER_TURN);
        // Stops here if another worker has taken the batch over, so that no order is reconciled twice.
        lost.throwIfAborted();
      }
      outcomes.push(this.reconcileInSpan(order, fanIn, position));
    }
    return outcomes;
  }

  private reconcileInSpan(order: ClaimedOrder, fanIn: FanIn, position: number): OrderOutcome {
    const span = this.tracer.startSpan(
      'reconcile-order',
      { attributes: { 'order.id': order.id } },
      fanIn.contextOf(position),
    );
    const outcome = reconcileOrder(order);
    span.setAttribute('order.status', outcome.status);
    if (outcome.reason !== null) span.setAttribute('order.reason', outcome.reason);
    if (order.attempts > 1) span.setAttribute('order.attempts', order.attempts);
    span.end();
    return outcome;
  }

  // Best effort: if the database is away, the lease expires and another batch takes the orders over.
  private async giveBack(batchId: string, error: unknown): Promise<void> {
    const reason = errorText(error);
    await this.queue.fail(batchId, reason, this.settings.maxAttempts).catch(() => undefined);
  }
}

function sourceOf(order: ClaimedOrder): LinkSource {
  return {
    carrier: order.traceContext,
    attributes: { 'messaging.message.id': order.id },
    createdAt: receivedAt(order.id),
  };
}

// All orders of one claim were tried equally often.
function attemptOf({ orders, earlier }: Claim): Attempt {
  const number = orders[0]?.attempts ?? 1;
  return {
    number,
    previous: earlier.map(({ traceContext }) => ({ carrier: traceContext, number: number - 1 })),
  };
}

/** A UUID v7 begins with its time of creation, in ms since the epoch, so the claim need not read the time. */
function receivedAt(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
