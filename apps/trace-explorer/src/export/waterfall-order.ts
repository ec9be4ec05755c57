import type { FullSpan } from '@span-links/trace-store';

export interface PlacedSpan {
  readonly span: FullSpan;
  readonly depth: number;
}

/**
 * Spans in the order of a waterfall: each below its parent, siblings by time. Spans without a
 * stored parent, and circles, begin at the left.
 */
export function waterfallOrder(spans: readonly FullSpan[]): PlacedSpan[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const children = new Map<string | null, FullSpan[]>();
  for (const span of spans) {
    const parent = span.parentSpanId !== null && ids.has(span.parentSpanId) ? span.parentSpanId : null;
    const siblings = children.get(parent);
    if (siblings) siblings.push(span);
    else children.set(parent, [span]);
  }
  const placed: PlacedSpan[] = [];
  const seen = new Set<FullSpan>();
  // A stack instead of recursion, because a chain of spans can be deeper than the call stack.
  const place = (roots: readonly FullSpan[]) => {
    const pending = roots.map((span) => ({ span, depth: 0 })).reverse();
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (seen.has(next.span)) continue;
      seen.add(next.span);
      placed.push(next);
      const { span, depth } = next;
      const below = children.get(span.spanId) ?? [];
      for (let index = below.length - 1; index >= 0; index--) {
        pending.push({ span: below[index]!, depth: depth + 1 });
      }
    }
  };
  place(children.get(null) ?? []);
  for (const span of spans) if (!seen.has(span)) place([span]);
  return placed;
}
