import { trace, type Tracer } from '@opentelemetry/api';
import type { Claim, ClaimedOrder, OrderOutcome, OrderQueue } from '@span-links/orders-data';
import {
  carrierOf,
  inFanIn,
  startAttempt,
  type Attempt,
  type FanIn,
  type LinkSource,
} from '@span-links/tracing';
import { exportRoom, spanLinkLimit } from '@span-links/tracing/sdk';
import { reconcileOrder } from './reconcile-order.ts';

/** What came of one batch. */
export interface BatchResult {
  readonly batchId: string;
  readonly size: number;
  readonly links: number;
  readonly linksMissing: number;
  readonly reconciled: number;
  readonly discrepancies: number;
  /** Of the `process-batch` span; all zeros where no SDK is running. */
  readonly traceId: string;
  readonly durationMs: number;
}

// How many orders are reconciled before the exporter gets a turn: one span each, and the exporter takes 512 at a time.
const ORDERS_PER_TURN = 512;

/** Turns claimed orders into one `process-batch` span with its links, its children and one write. */
export class BatchProcessor {
  private readonly tracer: Tracer = trace.getTracer('@span-links/orders-batch');

  constructor(
    private readonly queue: OrderQueue,
    private readonly maxAttempts: number,
  ) {}

  /**
   * @param claimedAt when the claim was begun, in ms since the epoch: the span starts there, for its links can only be known
   *   after the claim.
   * @throws what kept the batch from being finished; its orders have been given back, or will be due when the lease ends.
   */
  async process(claim: Claim, claimedAt: number): Promise<BatchResult | undefined> {
    const { batchId, orders } = claim;
    if (orders.length === 0) return undefined;
    const attempt = startAttempt(this.tracer, 'process-batch', orders.map(sourceOf), attemptOf(claim), {
      startTime: claimedAt,
      linkLimit: spanLinkLimit(),
      attributes: {
        'batch.id': batchId,
        'messaging.operation.type': 'process',
        'messaging.operation.name': 'process',
      },
    });
    return inFanIn(attempt, async () => {
      try {
        return await this.reconcile(batchId, orders, attempt, claimedAt);
      } catch (error) {
        await this.giveBack(batchId, error);
        throw error;
      }
    });
  }

  private async reconcile(
    batchId: string,
    orders: readonly ClaimedOrder[],
    fanIn: FanIn,
    claimedAt: number,
  ): Promise<BatchResult> {
    const links = fanIn.links.links.length;
    const linksMissing = fanIn.links.missingCount;
    const spanContext = fanIn.span.spanContext();
    const carrier = trace.isSpanContextValid(spanContext) ? carrierOf(spanContext) : undefined;
    // The database writes it while this process reconciles; it has to be there before the outcomes are.
    const recorded = this.queue.recordSpan(batchId, carrier, links, linksMissing);
    const [outcomes] = await Promise.all([this.reconcileEach(orders, fanIn), recorded]);
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

  private async reconcileEach(orders: readonly ClaimedOrder[], fanIn: FanIn): Promise<OrderOutcome[]> {
    const outcomes: OrderOutcome[] = [];
    for (const [position, order] of orders.entries()) {
      if (position % ORDERS_PER_TURN === 0) await exportRoom(ORDERS_PER_TURN);
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

  // Best effort: where the database is away, the lease runs out and another batch takes the orders over.
  private async giveBack(batchId: string, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    await this.queue.fail(batchId, reason, this.maxAttempts).catch(() => undefined);
  }
}

function sourceOf(order: ClaimedOrder): LinkSource {
  return {
    carrier: order.traceContext,
    attributes: { 'messaging.message.id': order.id },
    createdAt: receivedAt(order.id),
  };
}

// Orders are claimed with such as were tried equally often.
function attemptOf({ orders, earlier }: Claim): Attempt {
  const number = orders[0]?.attempts ?? 1;
  return {
    number,
    previous: earlier.map(({ traceContext }) => ({ carrier: traceContext, number: number - 1 })),
  };
}

/** A UUID v7 begins with the time at which it was made, in ms since the epoch; so the claim need not read one. */
function receivedAt(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
