import { metrics, type Attributes, type BatchObservableResult, type Observable } from '@opentelemetry/api';
import type { ExportFigures } from './export-counters.ts';
import type { DroppedSpans } from './span-backlog.ts';

/** A queue, and what the conventions call its exporter: `otlp_http_span_exporter` and so on. */
export interface ObservedQueue {
  readonly queue: { figures(): ExportFigures };
  readonly exporterType: string;
}

/** On dropped spans: whether they bore links. Links are what this library is for, and their loss is worth an alarm. */
export const ATTR_DROPPED_LINK_BEARING = 'spanlinks.link_bearing';

/**
 * Shows what becomes of ended spans as metrics of the OpenTelemetry conventions (in development), from the queue's own
 * counters: read when a reader collects, at no cost a span. To be called once the meter provider is set.
 *
 * `processed` counts a span when its export is over, not when it starts as the conventions have it for the SDK's own
 * processor: a span that bears links may come back into the queue, and a counter must not go down.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/
 */
export function observeExportQueues(queues: readonly ObservedQueue[]): void {
  if (queues.length === 0) return;
  const meter = metrics.getMeter('@span-links/tracing');
  const unit = '{span}';
  const instruments = {
    size: meter.createObservableUpDownCounter('otel.sdk.processor.span.queue.size', {
      unit,
      description: 'Spans that wait for export.',
    }),
    capacity: meter.createObservableUpDownCounter('otel.sdk.processor.span.queue.capacity', {
      unit,
      description: 'Spans that can wait for export.',
    }),
    processed: meter.createObservableCounter('otel.sdk.processor.span.processed', {
      unit,
      description: 'Spans that were exported, failed or (error.type) dropped.',
    }),
    inflight: meter.createObservableUpDownCounter('otel.sdk.exporter.span.inflight', {
      unit,
      description: 'Spans on their way to the backend.',
    }),
    exported: meter.createObservableCounter('otel.sdk.exporter.span.exported', {
      unit,
      description: 'Spans whose export is over, well or (error.type) not.',
    }),
  };
  meter.addBatchObservableCallback((result) => {
    queues.forEach((observed, index) => observe(result, instruments, observed, index));
  }, Object.values(instruments));
}

function observe(
  result: BatchObservableResult,
  instruments: Readonly<Record<'size' | 'capacity' | 'processed' | 'inflight' | 'exported', Observable>>,
  { queue, exporterType }: ObservedQueue,
  index: number,
): void {
  const figures = queue.figures();
  const processor = component('ExportQueue', index);
  const exporter = component(exporterType, index);
  result.observe(instruments.size, figures.waiting, processor);
  result.observe(instruments.capacity, figures.capacity, processor);
  result.observe(instruments.processed, figures.exported + figures.failed, processor);
  const { dropped, droppedAtClose } = figures;
  const droppedBefore = {
    ordinary: dropped.ordinary - droppedAtClose.ordinary,
    linkBearing: dropped.linkBearing - droppedAtClose.linkBearing,
  };
  observeDropped(result, instruments.processed, droppedBefore, { ...processor, 'error.type': 'queue_full' });
  observeDropped(result, instruments.processed, droppedAtClose, { ...processor, 'error.type': 'shutdown' });
  result.observe(instruments.inflight, figures.underWay, exporter);
  result.observe(instruments.exported, figures.exported, exporter);
  for (const [cause, spans] of figures.failures.entries()) {
    result.observe(instruments.exported, spans, { ...exporter, 'error.type': cause });
  }
}

function component(type: string, index: number): Attributes {
  return { 'otel.component.type': type, 'otel.component.name': `${type}/${index}` };
}

function observeDropped(
  result: BatchObservableResult,
  processed: Observable,
  { ordinary, linkBearing }: DroppedSpans,
  attributes: Attributes,
): void {
  if (ordinary > 0) {
    result.observe(processed, ordinary, { ...attributes, [ATTR_DROPPED_LINK_BEARING]: false });
  }
  if (linkBearing > 0) {
    result.observe(processed, linkBearing, { ...attributes, [ATTR_DROPPED_LINK_BEARING]: true });
  }
}
