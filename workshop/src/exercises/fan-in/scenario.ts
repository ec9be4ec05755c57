import { trace } from '@opentelemetry/api';
import { captureTraceContext, inSpan } from '@span-links/tracing';
import { tracerOf } from '../../child/services.ts';
import type { Scenario } from '../../exercise.ts';
import type { OrderRow } from '../../shop/orders-table.ts';
import { outcomeOf, type CallOutcome } from '../outcome.ts';

interface Code {
  readonly processBatch: (rows: readonly OrderRow[]) => Promise<void>;
}

export interface Facts {
  readonly orders: number;
  /** The orders whose rows hold a trace context that names a span. */
  readonly sources: readonly {
    readonly id: string;
    readonly traceId: string;
    readonly spanId: string;
    readonly isSampled: boolean;
  }[];
  readonly outcome: CallOutcome;
}

/** The request of this order was not sampled: its span is never sent, and its carrier ends with 00. */
const UNSAMPLED = { traceId: 'c0ffee00c0ffee00c0ffee00c0ffee00', spanId: 'c0ffee00c0ffee00' };

/** Seven orders wait. One row holds no carrier, one holds a broken one, and one order's request was not sampled. */
export const scenario: Scenario<Code> = {
  needs: ['processBatch'],
  async play({ processBatch }, { file }): Promise<Facts> {
    const rows: OrderRow[] = [];
    const sources: Facts['sources'][number][] = [];
    for (const number of [1, 2, 3, 4]) {
      const id = `order-${number}`;
      inSpan(tracerOf('orders-api'), 'receive-order', { attributes: { 'order.id': id } }, (span) => {
        const { traceId, spanId } = span.spanContext();
        rows.push({ id, totalCents: number * 1_000, traceContext: captureTraceContext() });
        sources.push({ id, traceId, spanId, isSampled: true });
      });
    }
    const { traceId, spanId } = UNSAMPLED;
    rows.splice(2, 0, { id: 'order-5', totalCents: 5_000, traceContext: { traceparent: 'lost on the way' } });
    rows.push(
      { id: 'order-6', totalCents: 6_000, traceContext: { traceparent: `00-${traceId}-${spanId}-00` } },
      { id: 'order-7', totalCents: 7_000, traceContext: null },
    );
    sources.push({ id: 'order-6', ...UNSAMPLED, isSampled: false });
    // Whatever runs a job may have a span of its own, which has nothing to do with the orders.
    const outcome = await inSpan(tracerOf('orders-batch'), 'tick', { root: true }, () =>
      outcomeOf(file, async () => {
        trace.getActiveSpan()?.addEvent('the hour is full');
        await processBatch(rows);
      }),
    );
    return { orders: rows.length, sources, outcome };
  },
};
