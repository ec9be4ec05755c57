import {
  context,
  createContextKey,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { ATTR_DESTINATION, ATTR_SYSTEM } from './messaging-attributes.ts';
import { isSameSpan } from './span-index.ts';

// Says that a consumer of this library handles a message. An instrumentation must then not adopt the active span.
const HANDLING = createContextKey('@span-links/tracing handling a message');
const HANDLER_ROOT = ROOT_CONTEXT.setValue(HANDLING, true);

/** The context for the span of a handler, without any span in it. */
export function handlerRoot(): Context {
  return HANDLER_ROOT;
}

/** Marks a context as that of a handler. */
export function inHandler(parent: Context): Context {
  return parent.setValue(HANDLING, true);
}

/** The active span, if it is one, and is not the producer that the new span links to anyway. */
export function ambientSpan(producer: SpanContext | undefined): SpanContext | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  if (active === undefined || !isSpanContextValid(active)) return undefined;
  return producer !== undefined && isSameSpan(active, producer) ? undefined : active;
}

/**
 * The active span, if an instrumentation of the same queue made it for this message: a recording span of kind CONSUMER
 * whose system and destination are these or unknown.
 *
 * Spans of the SDK show their kind and attributes; a span that does not show them is left alone.
 */
export function consumerSpanToAdopt(system: string, destination: string | undefined): Span | undefined {
  const active = context.active();
  const span = trace.getSpan(active);
  if (span === undefined || active.getValue(HANDLING) === true || !span.isRecording()) return undefined;
  const { kind, attributes = {} } = span as { kind?: SpanKind; attributes?: Attributes };
  if (kind !== SpanKind.CONSUMER) return undefined;
  const isOf = (name: string, value: string | undefined) =>
    attributes[name] === undefined || value === undefined || attributes[name] === value;
  return isOf(ATTR_SYSTEM, system) && isOf(ATTR_DESTINATION, destination) ? span : undefined;
}

/** Whether a span shows a link to another one. */
export function isLinkedTo(span: Span, target: SpanContext): boolean {
  const { links } = span as { links?: readonly { readonly context: SpanContext }[] };
  return (
    Array.isArray(links) && links.some((link: { context: SpanContext }) => isSameSpan(link.context, target))
  );
}
