import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { inSpan, linkFromCarrier } from '@span-links/tracing';
import { tracerOf, type OrderRow } from '#workshop';

const batch = tracerOf('orders-batch');
const STEPS = 9;

/** How orders-batch is traced. Its backend is down while the batch runs, and comes back a moment later. */
export function tracing(exporter: SpanExporter) {
  return {
    processor: new BatchSpanProcessor(exporter),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.0001) }),
  };
}

/** Runs with 300 orders. All of their requests were sampled. */
export function processBatch(rows: readonly OrderRow[]): void {
  const links = rows.map((row) => linkFromCarrier(row.traceContext)).filter((link) => link !== undefined);
  const attributes = { 'batch.size': rows.length };
  inSpan(batch, 'process-batch', { root: true, links, attributes }, () => rows.forEach(reconcile));
}

function reconcile(row: OrderRow): void {
  inSpan(batch, 'reconcile-order', { attributes: { 'order.id': row.id } }, () => {
    for (let step = 1; step <= STEPS; step++) inSpan(batch, 'step', {}, () => undefined);
  });
}

/** What you found out about the incident in shop-api and shop-batch, with the explorer. */
export const answers = {
  /** The `order.id` of each order that waited for more than ten minutes. */
  waited: [] as string[],
  /** The `batch.id` of the batch that has fewer links than orders. */
  shortBatch: '',
  /** Why a link is missing there, as its attributes say. */
  why: '',
};
