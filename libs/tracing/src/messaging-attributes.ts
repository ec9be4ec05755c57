import type { Attributes } from '@opentelemetry/api';

/**
 * Attributes of the messaging conventions for spans of producers and consumers. The conventions are in development, so
 * the names are copied here instead of being imported from an experimental package.
 *
 * @see https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/messaging-spans.md
 */
export const ATTR_SYSTEM = 'messaging.system';
export const ATTR_DESTINATION = 'messaging.destination.name';
export const ATTR_OPERATION_NAME = 'messaging.operation.name';
export const ATTR_OPERATION_TYPE = 'messaging.operation.type';
export const ATTR_MESSAGE_ID = 'messaging.message.id';
export const ATTR_MESSAGE_COUNT = 'messaging.batch.message_count';

/** The attributes that name a queue. */
export function queueAttributes(system: string, destination: string | undefined): Attributes {
  const attributes: Attributes = { [ATTR_SYSTEM]: system };
  if (destination !== undefined) attributes[ATTR_DESTINATION] = destination;
  return attributes;
}

/** The name of a messaging span; without the destination if it is unknown or not a single one. */
export function messagingSpanName(operation: string, destination: string | undefined): string {
  return destination === undefined || destination === '' ? operation : `${operation} ${destination}`;
}
