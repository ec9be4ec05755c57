import { captureTraceContext, type TraceCarrier } from '../carrier.ts';

const capturedHere = new WeakSet<object>();

/**
 * The initialiser of a property with `@TraceContextColumn()`: the context of the span in which the entity is being made.
 *
 * An initialiser, because it is the one thing that runs at the right moment whoever makes the entity: `new`,
 * `repository.create()`, or a cascade. A subscriber or a default would run at flush, inside another span.
 *
 * @returns null outside any span, and without an SDK. Never undefined, which would say "not selected".
 */
export function currentTraceContext(): TraceCarrier | null {
  const carrier = captureTraceContext();
  if (!carrier) return null;
  capturedHere.add(carrier);
  return carrier;
}

/** True for the very object that an initialiser made: a value that came from a row never is one. */
export function isInitialTraceContext(value: unknown): boolean {
  return typeof value === 'object' && value !== null && capturedHere.has(value);
}
