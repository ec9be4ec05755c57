import { recordedSpan, type RecordedSpan, type SdkSpan } from './recorded-span.ts';
import { brief, countByName } from './wording.ts';

/** The values that a test passes to `expect`: recorded spans or the SDK's own, e.g. of an `InMemorySpanExporter`. */
export function receivedSpans(received: unknown): readonly RecordedSpan[] {
  const values: readonly unknown[] = Array.isArray(received) ? received : [received];
  if (values.length === 0) throw new TypeError('Received no span: an empty list.');
  return values.map((value) => {
    if (isSdkSpan(value)) return recordedSpan(value);
    if (isRecordedSpan(value)) return value;
    throw new TypeError(
      `Received no span that was recorded, but ${brief(describe(value))}. A span without an SDK, or one that its ` +
        'sampler turned away, holds no links to look at.',
    );
  });
}

/** Checks for exactly one span. */
export function receivedSpan(received: unknown): RecordedSpan {
  const spans = receivedSpans(received);
  const [span] = spans;
  if (span && spans.length === 1) return span;
  throw new TypeError(`Expected one span, received ${spans.length}: ${countByName(spans)}`);
}

function isSdkSpan(value: unknown): value is SdkSpan {
  return isObject(value) && typeof value['spanContext'] === 'function' && Array.isArray(value['links']);
}

function isRecordedSpan(value: unknown): value is RecordedSpan {
  return isObject(value) && typeof value['spanId'] === 'string' && Array.isArray(value['links']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function describe(value: unknown): string {
  if (!isObject(value)) return typeof value === 'function' ? 'a function' : String(value);
  return `an object with ${Object.keys(value).join(', ') || 'nothing in it'}`;
}
