import {
  context,
  INVALID_SPAN_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { captureTraceContext } from './carrier.ts';
import { inSpan, markFailed, whenDone } from './in-span.ts';
import { libraryTracer } from './library-tracer.ts';
import { startLinkParts } from './link-parts.ts';
import { collectLinks } from './links.ts';
import {
  ATTR_MESSAGE_COUNT,
  ATTR_MESSAGE_ID,
  ATTR_OPERATION_NAME,
  ATTR_OPERATION_TYPE,
  messagingSpanName,
  queueAttributes,
} from './messaging-attributes.ts';
import { recordLinks } from './metrics.ts';
import { read } from './message-description.ts';

/** The target of messages. */
export interface Destination {
  /** `messaging.system`, for example `kafka`, `rabbitmq`, `nats`, `aws_sqs`, `pg-boss`, `bullmq`. */
  readonly system: string;
  /** The queue, topic or subject. It is part of the span's name, so it must contain no ids. */
  readonly destination: string;
  readonly attributes?: Attributes | undefined;
  /** Further links of the `send` span, for example to the spans that created the content. */
  readonly links?: readonly Link[] | undefined;
  /** This library's tracer by default. */
  readonly tracer?: Tracer | undefined;
}

/** A message to send. */
export interface SendOptions extends Destination {
  /** `messaging.message.id`, if it is known before sending. */
  readonly id?: string | undefined;
}

/** Messages to send together. */
export interface SendManyOptions<M> extends Destination {
  /** `messaging.message.id`. */
  readonly id?: ((message: M) => string | number | bigint | null | undefined) | undefined;
  /**
   * `each` by default: every message gets its own context, from a span `create <destination>`, so a consumer's link
   * leads to that message. With `shared`, all get the context of the `send` span, which costs only one span.
   */
  readonly context?: 'each' | 'shared' | undefined;
}

/**
 * The trace context to put into the headers of a message: `traceparent` and, if there is one, `tracestate`. Empty
 * without an SDK, so it can always be spread into headers.
 */
export type MessageCarrier = Readonly<Record<string, string>>;

/**
 * Sends one message in a span `send <destination>` of kind PRODUCER, a child of the active span, which is active for the work and
 * ended with it.
 *
 * ```ts
 * await sendMessage({ system: 'kafka', destination: 'orders' }, (carrier) =>
 *   producer.send({ topic: 'orders', messages: [{ value, headers: { ...carrier } }] }),
 * );
 * ```
 *
 * @returns what `send` returns. @throws what `send` throws, after recording it on the span.
 */
export function sendMessage<T>(options: SendOptions, send: (carrier: MessageCarrier, span: Span) => T): T {
  const attributes = sendAttributes(
    options,
    options.id === undefined ? {} : { [ATTR_MESSAGE_ID]: options.id },
  );
  return inSpan(
    options.tracer ?? libraryTracer(),
    messagingSpanName('send', options.destination),
    { kind: SpanKind.PRODUCER, attributes, links: [...(options.links ?? [])] },
    (span) => send(carrierOfActive(), span),
  );
}

/**
 * Sends several messages in one span `send <destination>`. By default each message has its own context, and the `send`
 * span links to all of them; see {@link SendManyOptions.context}. Continuations of the span take the links that do not
 * fit on it.
 *
 * @param send gets a carrier for each message, in their order. It is called once, even without messages, which make no
 *   span.
 * @returns the result of `send`. @throws the error of `send`, after recording it on the span.
 */
export function sendMessages<M, T>(
  options: SendManyOptions<M>,
  messages: readonly M[],
  send: (carriers: readonly MessageCarrier[], span: Span) => T,
): T {
  if (messages.length === 0) return send([], trace.wrapSpanContext(INVALID_SPAN_CONTEXT));
  const tracer = options.tracer ?? libraryTracer();
  const created =
    options.context === 'shared' ? [] : messages.map((message) => create(tracer, message, options));
  const links = collectLinks(created.map(({ span }) => ({ spanContext: span.spanContext() })));
  const own = {
    ...queueAttributes(options.system, options.destination),
    [ATTR_MESSAGE_COUNT]: messages.length,
  };
  const parts = startLinkParts(
    tracer,
    messagingSpanName('send', options.destination),
    [...links.links, ...(options.links ?? [])],
    {
      // A span whose context is in no message is not a producer.
      kind: created.length === 0 ? SpanKind.PRODUCER : SpanKind.CLIENT,
      startTime: Date.now(),
      parent: context.active(),
      root: false,
      linkLimit: undefined,
      attributes: sendAttributes(options),
      own,
    },
  );
  if (created.length > 0) recordLinks('origin', links);
  const carriers =
    created.length > 0
      ? created.map(({ carrier }) => carrier)
      : Array.from(messages, () => carrierOfActive(parts.context));
  return whenDone(
    () => context.with(parts.context, send, undefined, carriers, parts.span),
    (failure) => {
      if (failure) markFailed(parts.span, failure.error);
      for (const part of [...parts.parts].reverse()) part.end();
    },
  );
}

/** The span for the creation of one message. Its duration means nothing. */
function create<M>(
  tracer: Tracer,
  message: M,
  options: SendManyOptions<M>,
): { readonly span: Span; readonly carrier: MessageCarrier } {
  const { system, destination } = options;
  const id = read(options.id, message);
  const span = tracer.startSpan(messagingSpanName('create', destination), {
    kind: SpanKind.PRODUCER,
    attributes: {
      ...queueAttributes(system, destination),
      [ATTR_OPERATION_NAME]: 'create',
      [ATTR_OPERATION_TYPE]: 'create',
      ...(id !== undefined && id !== null && { [ATTR_MESSAGE_ID]: String(id) }),
    },
  });
  span.end();
  return { span, carrier: carrierOfActive(trace.setSpan(context.active(), span)) };
}

function sendAttributes({ system, destination, attributes }: Destination, more?: Attributes): Attributes {
  const own = {
    ...queueAttributes(system, destination),
    [ATTR_OPERATION_NAME]: 'send',
    [ATTR_OPERATION_TYPE]: 'send',
    ...more,
  };
  // First, so that the user's attributes cannot use up the SDK's limit. Last, so that they cannot replace these.
  return { ...own, ...attributes, ...own };
}

function carrierOfActive(from = context.active()): MessageCarrier {
  return { ...captureTraceContext(from) };
}
