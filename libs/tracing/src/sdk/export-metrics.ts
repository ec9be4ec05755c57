import { metrics, type Attributes, type BatchObservableResult, type Observable } from '@opentelemetry/api';
import type { ExportFigures } from './export-counters.ts';
import type { DroppedSpans } from './span-backlog.ts';

/** A queue, and its exporter's name in the conventions: `otlp_http_span_exporter` and so on. */
export interface ObservedQueue {
  readonly queue: { figures(): ExportFigures };
  readonly exporterType: string;
}

/** On dropped spans: whether they had links. The loss of links is worth an alarm. */
export const ATTR_DROPPED_LINK_BEARING = 'spanlinks.link_bearing';

/**
 * On the journal's spans: `recovered` for a span that had ended, `interrupted` for one that had not, `uncovered` for
 * one that was not written.
 */
export const ATTR_JOURNAL_OUTCOME = 'spanlinks.outcome';

/**
 * Shows the outcomes of ended spans as metrics of the OpenTelemetry conventions (in development). Reads the queue's own
 * counters when a reader collects, so it costs nothing per span. Call it once the meter provider is set.
 *
 * `processed` counts a span when its export ends, not when it starts as the conventions require of the SDK's own
 * processor: a span with links may return to the queue, and a counter must not go down.
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
    journal: meter.createObservableCounter('spanlinks.journal.spans', {
      unit,
      description:
        'Spans with links that were sent for a process that had died, or that the journal could not cover.',
    }),
  };
  meter.addBatchObservableCallback((result) => {
    queues.forEach((observed, index) => observe(result, instruments, observed, index));
  }, Object.values(instruments));
}

function observe(
  result: BatchObservableResult,
  instruments: Readonly<
    Record<'size' | 'capacity' | 'processed' | 'inflight' | 'exported' | 'journal', Observable>
  >,
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
  const { recovered, interrupted, uncovered } = figures.journal;
  const outcomes = { recovered: recovered - interrupted, interrupted, uncovered };
  for (const [outcome, spans] of Object.entries(outcomes)) {
    if (spans > 0)
      result.observe(instruments.journal, spans, { ...processor, [ATTR_JOURNAL_OUTCOME]: outcome });
  }
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
