import { Injectable, Logger } from '@nestjs/common';
import { ConsumeMessages, DEAD_LETTER_GROUP, deadLetterDestination } from '@span-links/messaging';
import type { Message } from '@span-links/messaging';
import { ORDERS, SHIPMENTS } from '@span-links/orders-data';

/**
 * Logs each message that failed for good. The trace of a dead letter links to the span that sent the message and to its last
 * attempt. The messaging inbox keeps the error.
 */
@Injectable()
export class DeadLetters {
  private readonly log = new Logger('fulfilment');

  @ConsumeMessages(deadLetterDestination(ORDERS), { group: DEAD_LETTER_GROUP })
  order(message: Message): void {
    this.tell(message);
  }

  @ConsumeMessages(deadLetterDestination(SHIPMENTS), { group: DEAD_LETTER_GROUP })
  shipment(message: Message): void {
    this.tell(message);
  }

  private tell({ deadLetter }: Message): void {
    const { group = 'a consumer', attempts = 0, messageId = '?', error = 'unknown' } = deadLetter ?? {};
    this.log.error(`${group} gave up message ${messageId} after ${attempts} attempts: ${error}`);
  }
}
