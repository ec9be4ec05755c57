import { hasBroker, startBroker, type TestBroker } from '@span-links/broker-testing';
import { jetstream } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe } from 'vitest';
import { transportContract } from '../test/contract.ts';

describe.skipIf(!hasBroker('nats'))('NATS', () => {
  let nats: TestBroker;

  beforeAll(async () => {
    nats = await startBroker('nats');
  });
  afterAll(() => nats?.destroy());

  transportContract({
    name: 'nats',
    settings: () => ({ name: 'nats', url: nats.url }),
    // Without `Nats-Msg-Id`, the server does not recognize the duplicate.
    redeliver: async (_world, destination, id) => {
      const connection = await connect({ servers: nats.url });
      const hdrs = headers();
      hdrs.set('Message-Id', id);
      hdrs.set('Traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
      await jetstream(connection).publish(destination, '"once"', { headers: hdrs });
      await connection.close();
    },
  });
});
