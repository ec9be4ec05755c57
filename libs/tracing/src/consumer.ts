import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanOptions,
  type TimeInput,
  type Tracer,
} from '@opentelemetry/api';
import { parseCarrier } from './carrier.ts';
import { inSpan } from './in-span.ts';
import { linkTo } from './links.ts';
import { recordLink, recordSourceAges } from './metrics.ts';
import { ATTR_LINK_MISSING_REASON } from './relation.ts';
import { marksOfAttempt, type AttemptMarks } from './retry.ts';
import { isSameSpan } from './span-index.ts';

const ATTR_DESTINATION = 'messaging.destination.name';
const ATTR_MESSAGE_ID = 'messaging.message.id';
const ATTR_OPERATION_NAME = 'messaging.operation.name';
const ATTR_OPERATION_TYPE = 'messaging.operation.type';
const ATTR_SYSTEM = 'messaging.system';
const PROCESS = 'process';

/** A message, as far as its span is concerned. */
export interface Message {
  /** What came with the message; see {@link parseCarrier}. */
  readonly carrier: unknown;
  /** The queue, topic or table that it came from. Part of the span's name, so no ids in it. */
  readonly destination: string;
  /** The messaging system, e.g. `kafka`. */
  readonly system?: string;
  readonly id?: string;
  /** When it was sent, a date or ms since the epoch: its age goes into the metric `spanlinks.source.age`. */
  readonly createdAt?: Date | number;
  readonly attributes?: Attributes;
  /** Which delivery this is, from 1, where that is known. */
  readonly attempt?: number;
  /** The carrier of the span that handled the delivery before. It is not looked at in a first attempt. */
  readonly previousAttempt?: unknown;
}

/** How the span of a message is placed. */
export interface HandleMessageOptions {
  /**
   * `none` by default: a trace of its own. With `producer` the span is the child of the producer's, so that one trace
   * holds both; right where a message has one handler, soon, and nothing else is going on around it.
   */
  readonly parent?: 'none' | 'producer';
  /** When the message was fetched. Now by default. */
  readonly startTime?: TimeInput;
}

/**
 * Handles one message in a span `process <destination>` of kind CONSUMER, active for the work and ended with it. What
 * `work` throws is recorded on the span and thrown on unchanged.
 *
 * The span links to the producer's (relation `origin`), as its child too: the messaging conventions want a link for each
 * message, so that a query for links finds all. A child in the scope of another span links to that one as well (relation
 * `ambient`). A carrier that names no span leaves the root of a trace without link or parent, and
 * `spanlinks.missing_reason` says why; the span that happens to be active is never taken instead.
 *
 * For several messages at once see {@link startFanIn}.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/#consumer-spans
 */
export function handleMessage<T>(
  tracer: Tracer,
  message: Message,
  work: (span: Span) => T,
  options: HandleMessageOptions = {},
): T {
  const { verdict, spanContext: producer } = parseCarrier(message.carrier);
  const attempt = attemptOf(message);
  const links: Link[] = [];
  let parent: Context = ROOT_CONTEXT;
  if (producer) {
    links.push(linkTo(producer, 'origin'));
    if (options.parent === 'producer') {
      parent = trace.setSpanContext(ROOT_CONTEXT, producer);
      const ambient = trace.getActiveSpan()?.spanContext();
      if (ambient && isSpanContextValid(ambient) && !isSameSpan(ambient, producer)) {
        links.push(linkTo(ambient, 'ambient'));
        recordLink('ambient', 'ok');
      }
    }
  }
  links.push(...attempt.links);
  recordLink('origin', verdict);
  recordSourceAges([message]);
  const attributes: Attributes = { ...attributesOf(message), ...attempt.attributes };
  if (verdict !== 'ok') attributes[ATTR_LINK_MISSING_REASON] = verdict;
  const spanOptions: SpanOptions = {
    kind: SpanKind.CONSUMER,
    root: parent === ROOT_CONTEXT,
    links,
    attributes,
  };
  if (options.startTime !== undefined) spanOptions.startTime = options.startTime;
  return inSpan(tracer, `${PROCESS} ${message.destination}`, spanOptions, work, parent);
}

// Only the delivery before: it links to the one before it, and a list would outgrow the link limit unnoticed.
function attemptOf({ attempt, previousAttempt }: Message): AttemptMarks {
  if (attempt === undefined) return { links: [], attributes: {} };
  const previous = attempt > 1 ? [{ carrier: previousAttempt, number: attempt - 1 }] : [];
  return marksOfAttempt({ number: attempt, previous });
}

function attributesOf(message: Message): Attributes {
  const attributes: Attributes = {
    ...message.attributes,
    [ATTR_OPERATION_TYPE]: PROCESS,
    [ATTR_OPERATION_NAME]: PROCESS,
    [ATTR_DESTINATION]: message.destination,
  };
  if (message.system !== undefined) attributes[ATTR_SYSTEM] = message.system;
  if (message.id !== undefined) attributes[ATTR_MESSAGE_ID] = message.id;
  return attributes;
}
