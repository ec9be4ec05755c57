import { carrierOf, parseCarrier } from '@span-links/tracing';
import { v7 as uuidv7 } from 'uuid';
import type { DeadLetter } from './consume-messages.decorator.ts';
import type { OutboxRow } from './outbox/outbox-row.ts';
import type { DeliveredMessage } from './transport.ts';

/** The header of a dead letter that says where it comes from, as JSON. */
const DEAD_LETTER_HEADER = 'spanlinks-dead-letter';

interface Burial {
  readonly group: string;
  readonly attempts: number;
  readonly error: string;
  /** The span of the last attempt. */
  readonly lastCarrier: unknown;
}

interface BuriedMessage extends Burial {
  readonly messageId: string;
}

/**
 * Turns a message into a dead letter. The dead letter keeps the trace context of the producer, so its handler still links to the
 * origin. It also names the span of the last attempt.
 */
export function deadLetterRow(destination: string, message: DeliveredMessage, burial: Burial): OutboxRow {
  const { spanContext } = parseCarrier(message.headers);
  const carrier = spanContext && carrierOf(spanContext);
  const buried: BuriedMessage = { ...burial, messageId: message.id };
  return {
    id: uuidv7(),
    destination,
    key: message.key,
    body: JSON.stringify(message.body ?? null),
    headers: JSON.stringify({ ...carrier, [DEAD_LETTER_HEADER]: JSON.stringify(buried) }),
  };
}

/** Tells a handler why the message is a dead letter. Returns undefined for any other message. */
export function deadLetterOf(message: DeliveredMessage): DeadLetter | undefined {
  const buried = buriedIn(message);
  if (!buried) return undefined;
  const { group, attempts, error, messageId } = buried;
  return { group, attempts, error, messageId };
}

/** Returns the attempts before the message became a dead letter. */
export function earlierAttempts(
  message: DeliveredMessage,
): Pick<Burial, 'attempts' | 'lastCarrier'> | undefined {
  return buriedIn(message);
}

function buriedIn(message: DeliveredMessage): BuriedMessage | undefined {
  const text = message.headers[DEAD_LETTER_HEADER];
  if (text === undefined) return undefined;
  try {
    const { group, attempts, error, lastCarrier, messageId } = JSON.parse(text) as BuriedMessage;
    const isComplete = typeof group === 'string' && Number.isSafeInteger(attempts) && attempts > 0;
    return isComplete
      ? { group, attempts, error: String(error), lastCarrier, messageId: String(messageId) }
      : undefined;
  } catch {
    return undefined;
  }
}
