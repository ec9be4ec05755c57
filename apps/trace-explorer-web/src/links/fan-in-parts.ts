import type { SpanSummary } from '@span-links/explorer-api';

const PART_NAME = / part \d+\/\d+$/;

/**
 * The spans that share the links of a fan-in: the whole, and its children named `<name> part k/n`,
 * as `startFanIn` of `@span-links/tracing` makes them.
 */
export function partsOf(span: SpanSummary, spans: readonly SpanSummary[]): SpanSummary[] {
  const wholeId = PART_NAME.test(span.name) ? (span.parentSpanId ?? span.spanId) : span.spanId;
  const whole = spans.find(({ spanId }) => spanId === wholeId);
  if (!whole) return [];
  const others = spans.filter(
    ({ parentSpanId, name }) =>
      parentSpanId === wholeId && PART_NAME.test(name) && name.startsWith(whole.name),
  );
  return [whole, ...others.sort((a, b) => partNumber(a) - partNumber(b))];
}

function partNumber({ name }: SpanSummary): number {
  return Number(/ part (\d+)\/\d+$/.exec(name)?.[1] ?? 0);
}
