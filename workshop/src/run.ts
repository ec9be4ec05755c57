import type { CheckedSpan } from './checked-span.ts';
import type { SourceFile } from './source-file.ts';

/** A finished run of an exercise, as its check sees it. */
export class Run<Facts = unknown> {
  readonly spans: readonly CheckedSpan[];
  readonly facts: Facts;
  readonly source: SourceFile;

  constructor(spans: readonly CheckedSpan[], facts: Facts, source: SourceFile) {
    this.spans = spans;
    this.facts = facts;
    this.source = source;
  }

  named(name: string | RegExp): CheckedSpan[] {
    return this.spans.filter((span) =>
      typeof name === 'string' ? span.name === name : name.test(span.name),
    );
  }

  /** The span of this name that is about an order. */
  ofOrder(name: string, orderId: string): CheckedSpan | undefined {
    return this.named(name).find((span) => span.attributes['order.id'] === orderId);
  }

  at(target: { readonly traceId: string; readonly spanId: string } | undefined): CheckedSpan | undefined {
    if (!target) return undefined;
    return this.spans.find((span) => span.traceId === target.traceId && span.spanId === target.spanId);
  }

  parentOf(span: CheckedSpan): CheckedSpan | undefined {
    return span.parentSpanId === undefined
      ? undefined
      : this.at({ traceId: span.traceId, spanId: span.parentSpanId });
  }

  /** Whether the one span is the other or above it in their trace. */
  isAbove(upper: CheckedSpan, lower: CheckedSpan): boolean {
    for (let at: CheckedSpan | undefined = lower; at; at = this.parentOf(at)) if (at === upper) return true;
    return false;
  }
}
