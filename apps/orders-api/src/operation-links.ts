import type { Attributes, Link } from '@opentelemetry/api';
import type { ClaimedOperation } from '@span-links/orders-data';
import { linkFromCarrier, parseCarrier, type Attempt } from '@span-links/tracing';
import {
  ATTR_ATTEMPT,
  ATTR_LINK_MISSING_REASON,
  ATTR_PREVIOUS_ATTEMPTS_MISSING,
} from '@span-links/tracing/attributes';

/** The links and attributes of an operation's span at its start. */
export interface OperationMarks {
  readonly links: Link[];
  readonly attributes: Attributes;
}

/** The attempt number of an operation, and the attempt before unless this is the first. */
export function attemptOf({ attempt, previousAttempt }: ClaimedOperation): Attempt {
  return {
    number: attempt,
    previous: attempt > 1 ? [{ carrier: previousAttempt, number: attempt - 1 }] : [],
  };
}

/** The links to the span that it undoes, to the span that asked for it, and to the attempt before. */
export function operationMarks(operation: ClaimedOperation): OperationMarks {
  const { id, orderId, fanOutId, askedBy, undoneSpan } = operation;
  const undone = undoneSpan ? linkFromCarrier(undoneSpan, 'compensates') : undefined;
  const initiator = linkFromCarrier(askedBy, 'initiator');
  const { number, previous = [] } = attemptOf(operation);
  const before = previous.map((attempt) =>
    linkFromCarrier(attempt.carrier, 'previous_attempt', { [ATTR_ATTEMPT]: attempt.number }),
  );
  return {
    links: [undone, initiator, ...before].filter((link) => link !== undefined),
    attributes: {
      'order.id': orderId,
      'fan_out.id': fanOutId,
      'operation.id': id,
      ...(initiator ? {} : { [ATTR_LINK_MISSING_REASON]: parseCarrier(askedBy).verdict }),
      ...(before.includes(undefined) ? { [ATTR_PREVIOUS_ATTEMPTS_MISSING]: 1 } : {}),
      [ATTR_ATTEMPT]: number,
    },
  };
}
