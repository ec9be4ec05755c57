import {
  context,
  createTraceState,
  isSpanContextValid,
  propagation,
  trace,
  type Context,
  type SpanContext,
  type TraceState,
} from '@opentelemetry/api';
import { formatBaggage } from './baggage.ts';
import { KNOWN_FLAGS, parseTraceparent } from './traceparent.ts';

/**
 * A W3C trace context in the shape in which it is stored with a row or a message. Baggage is left out unless it is asked
 * for: it outlives the request there, and may hold personal data.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export interface TraceCarrier {
  /** `version-traceId-spanId-flags`, lower-case hex. */
  readonly traceparent: string;
  /** Vendor members, at most 32 and 512 characters. Absent where there are none. */
  readonly tracestate?: string;
  /** W3C baggage, where {@link captureTraceContext} was asked for it and there was any. */
  readonly baggage?: string;
}

/** What to take down beside the trace context. */
export interface CaptureOptions {
  /** The baggage too, at most 180 members and 8192 bytes. Off by default, see {@link TraceCarrier}. */
  readonly baggage?: boolean;
}

/**
 * What became of a stored carrier:
 * - `ok`: it names a span.
 * - `missing`: the row holds nothing (null, `{}`, an empty string).
 * - `malformed`: it holds something that is not a W3C trace context (broken JSON, upper case, version `ff`, …).
 * - `invalid`: well-formed, but its trace id or span id is all zeros and names nothing.
 */
export type CarrierVerdict = 'ok' | 'missing' | 'malformed' | 'invalid';

/** A parsed carrier: the remote span that it names, or the reason why it names none. */
export type ParsedCarrier =
  | {
      readonly verdict: 'ok';
      readonly spanContext: SpanContext;
      /** The baggage header as it was stored, unread, for {@link parseBaggage}. */
      readonly baggage?: string;
    }
  | {
      readonly verdict: Exclude<CarrierVerdict, 'ok'>;
      readonly spanContext?: undefined;
      readonly baggage?: undefined;
    };

// W3C Trace Context, "tracestate limits": whole members are dropped, never a part of one.
const TRACESTATE_MEMBERS_MAX = 32;
const TRACESTATE_LENGTH_MAX = 512;

const MISSING: ParsedCarrier = Object.freeze({ verdict: 'missing' });
const MALFORMED: ParsedCarrier = Object.freeze({ verdict: 'malformed' });
const INVALID: ParsedCarrier = Object.freeze({ verdict: 'invalid' });

/**
 * Takes the span of a context down as a carrier to store. Call it inside the span that later work shall link to: at
 * flush or in a child span the active span is another one.
 *
 * Does not go through the configured propagator: what is stored must be readable whatever `OTEL_PROPAGATORS` says.
 *
 * @param from the context to capture; the active one by default, also for `undefined`.
 * @returns the carrier, sampled or not; `undefined` where there is no span (no SDK, or outside any).
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
 * Reads a carrier from whatever a row may hold: an object, the JSON text of one, a bare `traceparent`, or garbage.
 * Never throws, and never consults the active context, so that a broken row cannot yield a link to an unrelated span.
 */
export function parseCarrier(stored: unknown): ParsedCarrier {
  try {
    return parseStored(stored);
  } catch {
    // A getter or a proxy that throws is a broken row like any other.
    return MALFORMED;
  }
}

function parseStored(stored: unknown): ParsedCarrier {
  if (stored === null || stored === undefined) return MISSING;
  if (typeof stored === 'string') return parseText(stored);
  if (typeof stored !== 'object' || Array.isArray(stored)) return MALFORMED;
  const { traceparent, tracestate, baggage } = stored as Record<string, unknown>;
  if (traceparent === undefined || traceparent === null || traceparent === '') {
    // tracestate alone cannot be used; other keys show that something was meant to be here.
    return Object.keys(stored).length === 0 || traceparent !== undefined ? MISSING : MALFORMED;
  }
  return parseFields(single(traceparent), tracestate, single(baggage));
}

function parseText(text: string): ParsedCarrier {
  const trimmed = text.trim();
  if (trimmed === '') return MISSING;
  if (!trimmed.startsWith('{')) return parseFields(trimmed);
  const parsed: unknown = JSON.parse(trimmed);
  return parseStored(parsed);
}

function parseFields(traceparent: unknown, tracestate?: unknown, baggage?: unknown): ParsedCarrier {
  if (typeof traceparent !== 'string') return MALFORMED;
  const spanContext = parseTraceparent(traceparent);
  if (spanContext === 'malformed') return MALFORMED;
  if (spanContext === 'invalid') return INVALID;
  const traceState = parseTraceState(tracestate);
  if (traceState) spanContext.traceState = traceState;
  return typeof baggage === 'string'
    ? { verdict: 'ok', spanContext, baggage }
    : { verdict: 'ok', spanContext };
}

// Headers kept as lists: one value is the value, several contradict each other.
function single(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}

function parseTraceState(stored: unknown): TraceState | undefined {
  const raw: unknown = Array.isArray(stored) ? stored.join(',') : stored;
  if (typeof raw !== 'string' || raw === '') return undefined;
  const state = createTraceState(withinLimits(raw));
  return state.serialize() === '' ? undefined : state;
}

function withinLimits(raw: string): string {
  if (raw.length <= TRACESTATE_LENGTH_MAX && raw.split(',').length <= TRACESTATE_MEMBERS_MAX) return raw;
  let kept = '';
  // A hostile row may hold megabytes: what is beyond a few times the limit cannot be kept and is not even split.
  const members = raw.slice(0, TRACESTATE_LENGTH_MAX * 8).split(',');
  for (const member of members.slice(0, TRACESTATE_MEMBERS_MAX)) {
    const longer = kept === '' ? member : `${kept},${member}`;
    if (longer.length <= TRACESTATE_LENGTH_MAX) kept = longer;
  }
  return kept;
}
