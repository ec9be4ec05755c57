import { TransportError } from '../transport.ts';

/** Explains an error of kafkajs to the operator in one sentence. */
export function kafkaProblem(error: unknown, address: string, topic?: string): TransportError {
  if (error instanceof TransportError) return error;
  const { name, type, message } = innermost(error);
  const say = (sentence: string) => new TransportError(sentence, { cause: error });
  if (name === 'KafkaJSSASLAuthenticationError' || name === 'KafkaJSUnsupportedSaslMechanismError') {
    return say(
      `Kafka at ${address} rejected the login: check KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_SASL_MECHANISM`,
    );
  }
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return say(missingTopic(address, topic ?? 'that was asked for'));
  if (/Connection|Timeout|BrokerNotFound/.test(name)) {
    return say(`Kafka does not answer at ${address} (KAFKA_BROKERS)`);
  }
  return say(`Kafka at ${address} refused: ${message}`);
}

export function missingTopic(address: string, topics: string): string {
  return `Kafka at ${address} does not have the topic ${topics}: create it, or set KAFKA_CREATE_TOPICS=true`;
}

function innermost(error: unknown): { name: string; type: string | undefined; message: string } {
  const { name, type, message, cause, errors } = (error ?? {}) as Record<string, unknown>;
  const inner = Array.isArray(errors) ? (errors[0] as unknown) : cause;
  if (inner instanceof Error) return innermost(inner);
  return {
    name: String(name),
    type: typeof type === 'string' ? type : undefined,
    message: typeof message === 'string' ? message : String(error),
  };
}
