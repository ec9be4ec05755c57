export {
  ConsumeMessages,
  PoisonMessageError,
  type ConsumeOptions,
  type ConsumerDescription,
  type DeadLetter,
  type Delivery,
  type Message,
  type MessageHandler,
} from './consume-messages.decorator.ts';
export { MessagePublisher, type PublishManyOptions } from './message-publisher.ts';
export { MessagingModule, type AsyncMessagingOptions } from './messaging.module.ts';
export { Messaging, type MessagingOptions } from './messaging.ts';
export { messagingConfig, transportSettings, type TransportSettings } from './transport-settings.ts';
export {
  DEAD_LETTER_GROUP,
  deadLetterDestination,
  TransportError,
  TRANSPORTS,
  type Backoff,
  type DeliveredMessage,
  type Deliver,
  type Destinations,
  type OutgoingMessage,
  type Settlement,
  type Subscription,
  type Transport,
  type TransportName,
  type TransportOptions,
} from './transport.ts';
