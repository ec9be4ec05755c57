import {
  context,
  createTraceState,
  diag,
  isSpanContextValid,
  propagation,
  trace,
  type Context,
  type SpanContext,
  type TraceState,
} from '@opentelemetry/api';
import { formatBaggage } from './baggage.ts';
import { fieldsOf, foreignFormatOf, textOf, TEXT_LENGTH_MAX, type ForeignFormat } from './carrier-fields.ts';
import { KNOWN_FLAGS, parseTraceparent } from './traceparent.ts';

/**
 * A W3C trace context as it is stored with a row or a message. Baggage is left out by default: the row outlives the
 * request, and baggage may contain personal data.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export interface TraceCarrier {
  /** `version-traceId-spanId-flags`, lower-case hex. */
  readonly traceparent: string;
  /** Vendor members, at most 32 and 512 characters. Absent if there are none. */
  readonly tracestate?: string;
  /** W3C baggage, if {@link captureTraceContext} was asked for it and there was any. */
  readonly baggage?: string;
}

/** What to store beside the trace context. */
export interface CaptureOptions {
  /** The baggage too, at most 180 members and 8192 bytes. Off by default, see {@link TraceCarrier}. */
  readonly baggage?: boolean;
}

/**
 * The result of reading a carrier:
 * - `ok`: it names a span.
 * - `missing`: there is no `traceparent` (null, `{}`, an empty string, headers without one).
 * - `malformed`: the `traceparent` is not a W3C trace context (broken JSON, upper case, version `ff`, …).
 * - `invalid`: it is well-formed, but its trace id or span id is all zeros and names nothing.
 * - `unsupported`: it is a context in the format of B3, AWS X-Ray or Jaeger; `format` names it.
 */
export type CarrierVerdict = 'ok' | 'missing' | 'malformed' | 'invalid' | 'unsupported';

/** A parsed carrier: the remote span that it names, or the reason why it names none. */
export type ParsedCarrier =
  | {
      readonly verdict: 'ok';
      readonly spanContext: SpanContext;
      /** The baggage header as it was stored, for {@link parseBaggage}. */
      readonly baggage?: string;
      readonly format?: undefined;
    }
  | {
      readonly verdict: Exclude<CarrierVerdict, 'ok'>;
      /** With the verdict `unsupported`: the format of the carrier. */
      readonly format?: ForeignFormat;
      readonly spanContext?: undefined;
      readonly baggage?: undefined;
    };

// W3C Trace Context, "tracestate limits": a member is dropped whole, never cut.
const TRACESTATE_MEMBERS_MAX = 32;
const TRACESTATE_LENGTH_MAX = 512;

const MISSING: ParsedCarrier = Object.freeze({ verdict: 'missing' });
const MALFORMED: ParsedCarrier = Object.freeze({ verdict: 'malformed' });
const INVALID: ParsedCarrier = Object.freeze({ verdict: 'invalid' });
const UNSUPPORTED: Readonly<Record<ForeignFormat, ParsedCarrier>> = Object.freeze({
  b3: Object.freeze({ verdict: 'unsupported', format: 'b3' }),
  xray: Object.freeze({ verdict: 'unsupported', format: 'xray' }),
  jaeger: Object.freeze({ verdict: 'unsupported', format: 'jaeger' }),
});
// A row may hold JSON text in a JSON string. More than two layers are no accident.
const JSON_DEPTH_MAX = 3;

/**
 * Turns the span of a context into a carrier to store. Call it inside the span that later work links to: during a flush
 * or in a child span, another span is active.
 *
 * Does not use the configured propagator, because stored carriers must be readable under any `OTEL_PROPAGATORS`.
 *
 * @param from the context to capture; the active one by default, also for `undefined`.
 * @returns the carrier, sampled or not; `undefined` without a span (no SDK, or outside of any span).
 */
export function captureTraceContext(
  from: Context = context.active(),
  options: CaptureOptions = {},
): TraceCarrier | undefined {
  const spanContext = trace.getSpanContext(from);
  if (!spanContext || !isSpanContextValid(spanContext)) return undefined;
  const carrier = carrierOf(spanContext);
  const held = options.baggage === true ? propagation.getBaggage(from) : undefined;
  const baggage = held ? formatBaggage(held) : '';
  return baggage === '' ? carrier : { ...carrier, baggage };
}

/** Writes a valid span context as a carrier. */
export function carrierOf(spanContext: SpanContext): TraceCarrier {
  const flags = (spanContext.traceFlags & KNOWN_FLAGS).toString(16).padStart(2, '0');
  const traceparent = `00-${spanContext.traceId}-${spanContext.spanId}-${flags}`;
  const tracestate = withinLimits(spanContext.traceState?.serialize() ?? '');
  return tracestate === '' ? { traceparent } : { traceparent, tracestate };
}

/**
 * Reads a carrier from a row or from the headers of a message, in the shape that any broker uses: an object, `Map`,
 * `Headers`, NATS headers or a list, with names in any letter case and values as text, bytes, lists or SQS attributes;
 * also the JSON text of one, encoded once or twice, and a bare `traceparent`.
 *
 * Never throws, and never reads the active context: a broken carrier must not yield a link to an unrelated span.
 */
export function parseCarrier(stored: unknown): ParsedCarrier {
  try {
    return parseStored(stored);
  } catch {
    // A getter or a proxy that throws counts as a broken row.
    return MALFORMED;
  }
}

function parseStored(stored: unknown, depth = 0): ParsedCarrier {
  if (stored === null || stored === undefined) return MISSING;
  if (typeof stored === 'string') return parseText(stored, depth);
  if (typeof stored !== 'object') return MALFORMED;
  if (stored instanceof Uint8Array) return parseBytes(stored, depth);
  const fields = fieldsOf(stored);
  const { foreign } = fields;
  const traceparent = textOf(fields.traceparent);
  if (traceparent === undefined || traceparent === '') return foreign ? unsupported(foreign) : MISSING;
  return parseFields(traceparent, fields.tracestate, textOf(fields.baggage));
}

function parseBytes(stored: Uint8Array, depth: number): ParsedCarrier {
  const text = textOf(stored);
  return typeof text === 'string' ? parseText(text, depth) : MALFORMED;
}

function parseText(text: string, depth: number): ParsedCarrier {
  if (text.length > TEXT_LENGTH_MAX) return MALFORMED;
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'null') return MISSING;
  // JSON in a JSON string: a carrier that was encoded twice.
  if (/^[{["]/.test(trimmed))
    return depth < JSON_DEPTH_MAX ? parseStored(JSON.parse(trimmed), depth + 1) : MALFORMED;
  return parseFields(trimmed);
}

function parseFields(traceparent: unknown, tracestate?: unknown, baggage?: unknown): ParsedCarrier {
  if (typeof traceparent !== 'string') return MALFORMED;
  const spanContext = parseTraceparent(traceparent);
  if (spanContext === 'malformed') {
    const foreign = foreignFormatOf(traceparent);
    return foreign ? unsupported(foreign) : MALFORMED;
  }
  if (spanContext === 'invalid') return INVALID;
  const traceState = parseTraceState(tracestate);
  if (traceState) spanContext.traceState = traceState;
  return typeof baggage === 'string'
    ? { verdict: 'ok', spanContext, baggage }
    : { verdict: 'ok', spanContext };
}

function unsupported(format: ForeignFormat): ParsedCarrier {
  adviseOnce(format);
  return UNSUPPORTED[format];
}

// Once per format, because a million such messages in a queue have one cause.
const advised = new Set<ForeignFormat>();
const FORMAT_NAMES: Readonly<Record<ForeignFormat, string>> = {
  b3: 'B3 (b3, X-B3-TraceId)',
  xray: 'AWS X-Ray (X-Amzn-Trace-Id)',
  jaeger: 'Jaeger (uber-trace-id)',
};

function adviseOnce(format: ForeignFormat): void {
  if (advised.has(format)) return;
  advised.add(format);
  diag.warn(
    `A carrier is in the format of ${FORMAT_NAMES[format]} and makes no link. Let its sender write a traceparent too ` +
      `(OTEL_PROPAGATORS=tracecontext,${format}), or convert it: read it with the propagator of that format and pass ` +
      'carrierOf(spanContext). This is said once.',
  );
}

function parseTraceState(stored: unknown): TraceState | undefined {
  const one = textOf(stored);
  const raw: unknown = Array.isArray(one) ? one.map((item) => textOf(item)).join(',') : one;
  if (typeof raw !== 'string' || raw === '') return undefined;
  const state = createTraceState(withinLimits(raw));
  return state.serialize() === '' ? undefined : state;
}

function withinLimits(raw: string): string {
  if (raw.length <= TRACESTATE_LENGTH_MAX && raw.split(',').length <= TRACESTATE_MEMBERS_MAX) return raw;
  let kept = '';
  // A hostile row may hold megabytes. A text of several times the limit cannot be kept, so it is not even split.
  const members = raw.slice(0, TRACESTATE_LENGTH_MAX * 8).split(',');
  for (const member of members.slice(0, TRACESTATE_MEMBERS_MAX)) {
    const longer = kept === '' ? member : `${kept},${member}`;
    if (longer.length <= TRACESTATE_LENGTH_MAX) kept = longer;
  }
  return kept;
}
