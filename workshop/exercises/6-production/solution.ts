import { context } from '@opentelemetry/api';
import {
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { inSpan, startFanIn } from '@span-links/tracing';
import { LinkSampler } from '@span-links/tracing/sampler';
import { linkSafeProcessor } from '@span-links/tracing/sdk';
import { tracerOf, type OrderRow } from '#workshop';

const batch = tracerOf('orders-batch');
const STEPS = 9;

/** How orders-batch is traced. Its backend is down while the batch runs, and comes back a moment later. */
export function tracing(exporter: SpanExporter) {
  const fallback = new TraceIdRatioBasedSampler(0.0001);
  return {
    processor: linkSafeProcessor(exporter, { journal: 'off', log: () => {} }),
    sampler: new ParentBasedSampler({ root: new LinkSampler({ fallback }) }),
  };
}

/** Runs with 300 orders. All of their requests were sampled. */
export function processBatch(rows: readonly OrderRow[]): void {
  const sources = rows.map((row) => ({ carrier: row.traceContext }));
  const fanIn = startFanIn(batch, 'process-batch', sources);
  rows.forEach((row, position) => {
    context.with(fanIn?.contextOf(position) ?? context.active(), () => reconcile(row));
  });
  fanIn?.end();
}

function reconcile(row: OrderRow): void {
  inSpan(batch, 'reconcile-order', { attributes: { 'order.id': row.id } }, () => {
    for (let step = 1; step <= STEPS; step++) inSpan(batch, 'step', {}, () => undefined);
  });
}

/** What you found out about the incident in shop-api and shop-batch, with the explorer. */
export const answers = {
  /** The `order.id` of each order that waited for more than ten minutes. */
  waited: ['order-7314', 'order-7315', 'order-7316'],
  /** The `batch.id` of the batch that has fewer links than orders. */
  shortBatch: 'batch-b17',
  /** Why a link is missing there, as its attributes say. */
  why: 'malformed',
};
