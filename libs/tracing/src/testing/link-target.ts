import { isSpanContextValid } from '@opentelemetry/api';
import { parseCarrier } from '../carrier.ts';
import { spanKey, type SpanIds } from './span-ids.ts';
import { brief } from './wording.ts';

/**
 * The ways in which a test names a span: a recorded span, a span of the API or the SDK, a span context, a carrier
 * (object, JSON text or bare `traceparent`), or a row or message that holds a carrier in one of its fields.
 */
export type LinkTargetLike = string | object;

/** A span to be linked to, with the test's own name for it. */
export interface LinkTarget extends SpanIds {
  /** The value that the test passed, in its words: the name of a span, `id order-17` of a row. */
  readonly known?: string;
}

/**
 * Finds the span that a test means.
 *
 * @throws if the value names none or several: a matcher that accepted it would pass under `.not`.
 */
export function linkTargetOf(value: unknown): LinkTarget {
  const spanContext = spanContextOf(value) ?? contextInRow(value);
  if (!spanContext) {
    throw new TypeError(
      `This names no span: ${print(value)}. A target is a span, a span context, a carrier, or a row that holds one.`,
    );
  }
  const { traceId, spanId } = spanContext;
  const known = knownAs(value);
  return { traceId, spanId, ...(known !== undefined && { known }) };
}

function spanContextOf(value: unknown): SpanIds | undefined {
  if (typeof value !== 'object' || value === null) return parseCarrier(value).spanContext;
  const { spanContext, traceId, spanId } = value as Record<string, unknown>;
  if (typeof spanContext === 'function') return spanContextOf((spanContext as () => unknown).call(value));
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return parseCarrier(value).spanContext;
  return isSpanContextValid({ traceId, spanId, traceFlags: 0 }) ? { traceId, spanId } : undefined;
}

/** The user names the column of a row, so each field is tried. Two different spans would make it a guess. */
function contextInRow(value: unknown): SpanIds | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found = new Map<string, SpanIds>();
  for (const field of Object.values(value)) {
    const { spanContext } = parseCarrier(field);
    if (spanContext) found.set(spanKey(spanContext), spanContext);
  }
  if (found.size > 1) {
    throw new TypeError(`This names ${found.size} spans: ${print(value)}. Pass the field that is meant.`);
  }
  return [...found.values()][0];
}

function knownAs(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, id } = value as Record<string, unknown>;
  // A row may also have a name, of a customer or an article. Its id says more.
  if (typeof id === 'string' || typeof id === 'number') return brief(`id ${id}`);
  return typeof name === 'string' ? brief(name) : undefined;
}

function print(value: unknown): string {
  try {
    return brief(JSON.stringify(value) ?? String(value));
  } catch {
    return typeof value;
  }
}
