import {
  context,
  SpanKind,
  trace,
  type Attributes,
  type Link,
  type Span,
  type SpanOptions,
} from '@opentelemetry/api';
import { ambientSpan, consumerSpanToAdopt, handlerRoot, inHandler, isLinkedTo } from './ambient-span.ts';
import { marksOfAttempt, type AttemptMarks } from './attempt.ts';
import { ATTR_LINK_MISSING_REASON } from './attributes.ts';
import { inSpan, markStatus, whenDone } from './in-span.ts';
import { parseCarrier } from './carrier.ts';
import { libraryTracer } from './library-tracer.ts';
import { linkTo } from './links.ts';
import {
  ATTR_OPERATION_NAME,
  ATTR_OPERATION_TYPE,
  messagingSpanName,
  queueAttributes,
} from './messaging-attributes.ts';
import { recordLink, recordWaits } from './metrics.ts';
import {
  addMissing,
  ownAttributes,
  readMessage,
  type MessageConsumerOptions,
  type OneMessageOptions,
  type ReceivedMessage,
} from './message-description.ts';

const NO_MARKS: AttemptMarks = { links: [], attributes: {} };

/** Handles one message in a new span, or in the one that an instrumentation has made for it. */
export function handleOne<M, T>(
  message: M,
  work: (message: M, span: Span) => T,
  consumer: MessageConsumerOptions<M>,
  options: OneMessageOptions,
): T {
  const received = readMessage(message, consumer, Date.now(), options);
  const { destination } = received;
  const { verdict, spanContext: producer } = parseCarrier(received.carrier);
  const queue = queueAttributes(consumer.system, destination);
  recordLink('origin', verdict);
  recordWaits([received], queue);
  const marks = attemptMarks(received);
  const links: Link[] = producer ? [linkTo(producer, 'origin', ownAttributes(received))] : [];
  for (const link of marks.links) links.push(link);
  const attributes = ownAttributes(received);
  if (verdict !== 'ok') attributes[ATTR_LINK_MISSING_REASON] = verdict;
  addMissing(attributes, queue);
  addMissing(attributes, marks.attributes);

  const adopted = consumer.ambient === 'link' ? undefined : consumerSpanToAdopt(consumer.system, destination);
  if (adopted) {
    addOwn(attributes, received, options);
    return adopt(adopted, links, attributes, () => work(message, adopted));
  }

  const ambient = ambientSpan(producer);
  if (ambient) {
    links.push(linkTo(ambient, 'ambient'));
    recordLink('ambient', 'ok');
  }
  attributes[ATTR_OPERATION_NAME] = 'process';
  attributes[ATTR_OPERATION_TYPE] = 'process';
  addOwn(attributes, received, options);
  const isChild = producer !== undefined && (options.parent ?? consumer.parent) === 'producer';
  const spanOptions: SpanOptions = {
    kind: SpanKind.CONSUMER,
    root: !isChild,
    links,
    attributes,
  };
  if (options.startTime !== undefined) spanOptions.startTime = options.startTime;
  return inSpan(
    consumer.tracer ?? libraryTracer(),
    messagingSpanName('process', destination),
    spanOptions,
    (span) => work(message, span),
    isChild ? trace.setSpanContext(handlerRoot(), producer) : handlerRoot(),
  );
}

/**
 * Handles the message in a span of an instrumentation, which ends it and records the error. Its links come after its start, so a head
 * sampler does not see them.
 */
function adopt<T>(span: Span, links: readonly Link[], attributes: Attributes, work: () => T): T {
  for (const link of links) if (!isLinkedTo(span, link.context)) span.addLink(link);
  span.setAttributes(attributes);
  return whenDone(
    () => context.with(inHandler(context.active()), work),
    // Some instrumentations set no error status (bullmq-otel 2.0), and none sets `error.type`.
    (failure) => failure && markStatus(span, failure.error),
  );
}

/** Adds the user's attributes last, so that they cannot replace those of the library or use up the SDK's limit. */
function addOwn(attributes: Attributes, received: ReceivedMessage, options: OneMessageOptions): void {
  addMissing(attributes, options.attributes);
  addMissing(attributes, received.attributes);
}

function attemptMarks({ attempt, previous }: ReceivedMessage): AttemptMarks {
  return attempt === undefined
    ? NO_MARKS
    : marksOfAttempt({ number: attempt, previous: previous ? [previous] : [] });
}
