import type { Attributes, Link } from '@opentelemetry/api';
import type { ClaimedOperation } from '@span-links/orders-data';
import {
  ATTR_LINK_MISSING_REASON,
  linkFromCarrier,
  marksOfAttempt,
  parseCarrier,
  type AttemptMarks,
} from '@span-links/tracing';

/** What an operation's span bears at its start. */
export interface OperationMarks {
  readonly links: Link[];
  readonly attributes: Attributes;
}

/** The link to the attempt before and the number of this one; no link at the first. */
export function marksOf({ attempt, previousAttempt }: ClaimedOperation): AttemptMarks {
  const previous = attempt > 1 ? [{ carrier: previousAttempt, number: attempt - 1 }] : [];
  return marksOfAttempt({ number: attempt, previous });
}

/** The links to what it undoes, to the span that asked for it, and to the attempt before. */
export function operationMarks(operation: ClaimedOperation): OperationMarks {
  const { id, orderId, fanOutId, askedBy, undoneSpan } = operation;
  const marks = marksOf(operation);
  const undone = linkFromCarrier(undoneSpan, 'compensates');
  const initiator = linkFromCarrier(askedBy, 'initiator');
  return {
    links: [undone, initiator].filter((link) => link !== undefined).concat(marks.links),
    attributes: {
      'order.id': orderId,
      'fan_out.id': fanOutId,
      'operation.id': id,
      ...(initiator ? {} : { [ATTR_LINK_MISSING_REASON]: parseCarrier(askedBy).verdict }),
      ...marks.attributes,
    },
  };
}
