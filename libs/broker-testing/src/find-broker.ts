import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { brokersAreRequired, brokersFolder, commandFolders } from './config.ts';

export const BROKERS = ['kafka', 'nats', 'rabbitmq', 'redis'] as const;

export type BrokerName = (typeof BROKERS)[number];

/** The files of an installed broker: an executable, and for Kafka also its jars. */
export interface FoundBroker {
  readonly command: string;
  readonly classPath?: string;
}

/** The broker is not installed. The message says what is missing and how to install it. */
export class BrokerMissingError extends Error {
  override readonly name = 'BrokerMissingError';
}

const INSTALL = 'run .ci/install-brokers, or';
const HOW_TO: Readonly<Record<BrokerName, string>> = {
  kafka: `${INSTALL} install Java 17 and Maven and copy the jars of libs/broker-testing/kafka/pom.xml`,
  nats: `${INSTALL} apt-get install nats-server`,
  rabbitmq: `${INSTALL} apt-get install rabbitmq-server`,
  redis: `${INSTALL} apt-get install redis-server`,
};
const MISSING: Readonly<Record<BrokerName, string>> = {
  kafka: 'java, or the jars of Kafka, were',
  nats: 'the command nats-server was',
  rabbitmq: 'the command rabbitmq-server was',
  redis: 'the command redis-server was',
};

/** @throws {BrokerMissingError} */
export function findBroker(name: BrokerName): FoundBroker {
  const found = lookUp(name);
  if (!found) throw new BrokerMissingError(sentenceOfMissing(name));
  return found;
}

/**
 * Tells whether the tests of a broker can run, for `describe.skipIf(!hasBroker('kafka'))`. If not, it prints one line that
 * says which tests are skipped and how to install the broker.
 *
 * @throws {BrokerMissingError} instead of skipping, if BROKERS_REQUIRED is `true`.
 */
export function hasBroker(name: BrokerName): boolean {
  if (lookUp(name)) return true;
  const sentence = sentenceOfMissing(name);
  if (brokersAreRequired()) throw new BrokerMissingError(sentence);
  process.stderr.write(`skipped: ${sentence}\n`);
  return false;
}

function lookUp(name: BrokerName): FoundBroker | undefined {
  switch (name) {
    case 'kafka': {
      const command = commandAt('java');
      const classPath = kafkaClassPath();
      return command && classPath ? { command, classPath } : undefined;
    }
    case 'nats':
      return asFound(commandAt('nats-server', [join(brokersFolder(), 'bin')]));
    case 'rabbitmq':
      // The wrapper on the path changes the user and the folders. This script takes them from the environment.
      return asFound(commandAt('rabbitmq-server', ['/usr/lib/rabbitmq/bin']));
    case 'redis':
      return asFound(commandAt('redis-server'));
  }
}

function asFound(command: string | undefined): FoundBroker | undefined {
  return command === undefined ? undefined : { command };
}

function commandAt(name: string, firstFolders: readonly string[] = []): string | undefined {
  return [...firstFolders, ...commandFolders()]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function kafkaClassPath(): string | undefined {
  const folder = brokersFolder();
  return namesIn(folder)
    .filter((name) => name.startsWith('kafka-'))
    .sort()
    .reverse()
    .map((name) => join(folder, name))
    .filter((jars) => namesIn(jars).some((jar) => jar.startsWith('kafka_')))
    .map((jars) => join(jars, '*'))[0];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function sentenceOfMissing(name: BrokerName): string {
  return `${name} is not installed: ${MISSING[name]} not found; ${HOW_TO[name]}.`;
}
