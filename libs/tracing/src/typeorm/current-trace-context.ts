import { captureTraceContext, type TraceCarrier } from '../carrier.ts';

const capturedHere = new WeakSet<object>();

/**
 * The initialiser of a property with `@TraceContextColumn()`: the context of the span that makes the entity.
 *
 * It is an initialiser, because only that runs at the right moment for every way to make the entity: `new`,
 * `repository.create()`, or a cascade. A subscriber or a default would run at flush, inside another span.
 *
 * @returns null outside any span, and without an SDK. Never undefined, which would mean "not selected".
 */
export function currentTraceContext(): TraceCarrier | null {
  const carrier = captureTraceContext();
  if (!carrier) return null;
  capturedHere.add(carrier);
  return carrier;
}

/** True only for the very object that an initialiser made, never for a value that came from a row. */
export function isInitialTraceContext(value: unknown): boolean {
  return typeof value === 'object' && value !== null && capturedHere.has(value);
}
