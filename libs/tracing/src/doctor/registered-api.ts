import type { Context, ContextManager, TextMapPropagator, Tracer, TracerProvider } from '@opentelemetry/api';

/** The place where every copy of `@opentelemetry/api` 1.x looks for registrations. */
export const API_GLOBAL = Symbol.for('opentelemetry.js.api.1');

const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN');
const SUPPRESS_KEY = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

export interface RegisteredApi {
  readonly version: string;
  readonly trace?: TracerProvider & { getDelegate?(): TracerProvider };
  readonly context?: ContextManager;
  readonly propagation?: TextMapPropagator;
}

/**
 * Reads the registrations of this process without a copy of the API: the doctor's own copy could be too new or too old
 * to see them.
 */
export function registeredApi(): RegisteredApi | undefined {
  return (globalThis as { [API_GLOBAL]?: RegisteredApi })[API_GLOBAL];
}

export function registeredProvider(): TracerProvider | undefined {
  const trace = registeredApi()?.trace;
  return trace?.getDelegate?.() ?? trace;
}

/** Parts of the SDK's tracer that no public method shows; the same names in 1.x, 2.x and 3.x. */
export interface SdkTracer extends Tracer {
  readonly _sampler?: { toString(): string };
  readonly _spanProcessor?: SdkProcessor & { readonly _spanProcessors?: SdkProcessor[] };
}

export interface SdkProcessor {
  readonly _maxQueueSize?: unknown;
  readonly _exporter?: object;
}

/** The class of an object. Bundlers append `$1` to names that occur twice. */
export function classOf(value: object): string {
  return value.constructor.name.replace(/\$\d+$/, '');
}

export function doctorTracer(): SdkTracer | undefined {
  return registeredProvider()?.getTracer('span-links doctor');
}

class ProbeContext implements Context {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown> = new Map()) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new ProbeContext(new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): Context {
    return new ProbeContext(new Map([...this.#values].filter(([one]) => one !== key)));
  }
}

/** The root context, made without a copy of the API. */
export const EMPTY_CONTEXT: Context = new ProbeContext();

/** A context whose parent is a sampled span of another process. */
export function contextWithSampledParent(): Context {
  const spanContext = {
    traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
    spanId: '051581bf3cb55c13',
    traceFlags: 1,
    isRemote: true,
  };
  const span = { spanContext: () => spanContext, isRecording: () => false };
  return EMPTY_CONTEXT.setValue(SPAN_KEY, span);
}

/** Runs `work` so that instrumentations make no spans for it. */
export function untraced<T>(work: () => T): T {
  const manager = registeredApi()?.context;
  return manager === undefined ? work() : manager.with(EMPTY_CONTEXT.setValue(SUPPRESS_KEY, true), work);
}
