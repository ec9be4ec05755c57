import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import type { BrokerName, FoundBroker } from './find-broker.ts';
import { answers, type ServerCommand } from './server-process.ts';

/** The user that a client must log in as. Without one, anyone on this machine may connect. */
export interface BrokerUser {
  readonly name: string;
  readonly password: string;
}

export interface ServerSettings {
  readonly folder: string;
  readonly found: FoundBroker;
  /** Free ports. Clients use the first. */
  readonly ports: readonly number[];
  readonly user?: BrokerUser | undefined;
  /** More settings of the server, with Kafka's own names. Only for Kafka. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
}

/** Describes how to run one kind of broker. */
interface ServerKind {
  readonly portCount: number;
  /** Runs first and ends with the server. RabbitMQ's port mapper needs this, otherwise RabbitMQ would leave it behind. */
  before?(settings: ServerSettings): ServerCommand;
  /** Prepares the folder before each start. */
  prepare?(settings: ServerSettings): Promise<void>;
  command(settings: ServerSettings): ServerCommand;
  isReady(settings: ServerSettings): Promise<boolean>;
  url(settings: ServerSettings): string;
}

const JAVA_OPTIONS = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const run = promisify(execFile);
const portOf = ({ ports }: ServerSettings, index = 0): number => ports[index] ?? 0;

const kafka: ServerKind = {
  portCount: 2,
  async prepare(settings) {
    const properties = join(settings.folder, 'server.properties');
    if (existsSync(properties)) return;
    writeFileSync(properties, kafkaProperties(settings));
    const { command, classPath = '' } = settings.found;
    const tool = ['-cp', classPath, 'kafka.tools.StorageTool'];
    const clusterId = 'c3Bhbi1saW5rcy10ZXN0cw';
    await run(command, [
      ...JAVA_OPTIONS,
      ...tool,
      'format',
      '--standalone',
      '-t',
      clusterId,
      '-c',
      properties,
    ]);
  },
  command: ({ folder, found }) => ({
    command: found.command,
    args: [...JAVA_OPTIONS, '-cp', found.classPath ?? '', 'kafka.Kafka', join(folder, 'server.properties')],
    logFile: join(folder, 'server.log'),
  }),
  // The port opens long before the broker can create a topic or knows the coordinator of a group.
  async isReady(settings) {
    const { user } = settings;
    const client = new Kafka({
      clientId: 'broker-testing',
      brokers: [`127.0.0.1:${portOf(settings)}`],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
      ...(user && { sasl: { mechanism: 'plain', username: user.name, password: user.password } }),
    });
    const admin = client.admin();
    try {
      await admin.connect();
      await admin.createTopics({ topics: [{ topic: 'broker-testing-ready' }], waitForLeaders: true });
      await admin.fetchOffsets({ groupId: 'broker-testing', topics: ['broker-testing-ready'] });
      return true;
    } finally {
      await admin.disconnect();
    }
  },
  url: (settings) => `127.0.0.1:${portOf(settings)}`,
};

function kafkaProperties({ folder, ports, user, properties }: ServerSettings): string {
  const [client, controller] = ports;
  const protocol = user ? 'SASL_PLAINTEXT' : 'PLAINTEXT';
  const login =
    user &&
    `org.apache.kafka.common.security.plain.PlainLoginModule required \
username="${user.name}" password="${user.password}" user_${user.name}="${user.password}";`;
  const all: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
    listeners: `CLIENT://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `CLIENT://127.0.0.1:${client}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,CLIENT:${protocol}`,
    'inter.broker.listener.name': 'CLIENT',
    ...(login && {
      'sasl.enabled.mechanisms': 'PLAIN',
      'sasl.mechanism.inter.broker.protocol': 'PLAIN',
      'listener.name.client.plain.sasl.jaas.config': login,
    }),
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.dedupe.buffer.size': '4194304',
    ...properties,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const nats: ServerKind = {
  portCount: 1,
  command: ({ folder, found, ports, user }) => ({
    command: found.command,
    args: [
      ...['-a', '127.0.0.1', '-p', String(ports[0]), '-js', '-sd', join(folder, 'data')],
      ...(user ? ['--user', user.name, '--pass', user.password] : []),
    ],
    logFile: join(folder, 'server.log'),
  }),
  isReady: (settings) => answers(portOf(settings), undefined, /^INFO .*"jetstream":true/),
  url: (settings) => `nats://127.0.0.1:${portOf(settings)}`,
};

const rabbitmq: ServerKind = {
  portCount: 3,
  async prepare(settings) {
    const { folder, user } = settings;
    const config = [
      `listeners.tcp.1 = 127.0.0.1:${portOf(settings)}`,
      'disk_free_limit.absolute = 100MB',
      ...(user ? [`default_user = ${user.name}`, `default_pass = ${user.password}`] : []),
    ];
    writeFileSync(join(folder, 'rabbitmq.conf'), `${config.join('\n')}\n`);
    writeFileSync(join(folder, 'plugins'), '[].\n');
    mkdirSync(join(folder, 'home'), { recursive: true });
  },
  before: (settings) => ({
    command: '/usr/bin/epmd',
    args: ['-address', '127.0.0.1', '-port', String(portOf(settings, 2))],
    logFile: join(settings.folder, 'epmd.log'),
  }),
  command: (settings) => ({
    command: settings.found.command,
    args: [],
    env: {
      HOME: join(settings.folder, 'home'),
      // Servers that run at the same time need different names.
      RABBITMQ_NODENAME: `links${portOf(settings)}@localhost`,
      RABBITMQ_MNESIA_BASE: join(settings.folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(settings.folder, 'log'),
      RABBITMQ_CONFIG_FILE: join(settings.folder, 'rabbitmq'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(settings.folder, 'plugins'),
      RABBITMQ_DIST_PORT: String(portOf(settings, 1)),
      ERL_EPMD_PORT: String(portOf(settings, 2)),
      ERL_EPMD_ADDRESS: '127.0.0.1',
    },
    logFile: join(settings.folder, 'server.log'),
  }),
  isReady: (settings) => answers(portOf(settings), 'AMQP\x00\x00\x09\x01', /^\x01\x00\x00.*AMQPLAIN/s),
  url: ({ user, ...settings }) =>
    `amqp://${user?.name ?? 'guest'}:${user?.password ?? 'guest'}@127.0.0.1:${settings.ports[0]}`,
};

const redis: ServerKind = {
  portCount: 1,
  command: ({ folder, found, ports, user }) => ({
    command: found.command,
    args: [
      ...['--port', String(ports[0]), '--bind', '127.0.0.1', '--dir', folder],
      // With an append-only file, jobs survive a stop and a kill, as with the other brokers.
      ...['--save', '', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'],
      ...(user ? ['--requirepass', user.password] : []),
    ],
    logFile: join(folder, 'server.log'),
  }),
  // A server that is still loading answers -LOADING.
  isReady: (settings) => answers(portOf(settings), 'PING\r\n', /^(\+PONG|-NOAUTH)/),
  url: ({ ports, user }) => `redis://${user ? `:${user.password}@` : ''}127.0.0.1:${ports[0]}`,
};

export const SERVER_KINDS: Readonly<Record<BrokerName, ServerKind>> = { kafka, nats, rabbitmq, redis };
