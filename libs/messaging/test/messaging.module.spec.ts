import 'reflect-metadata';
import { Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { recordSpans } from '@span-links/tracing/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ConsumeMessages,
  MessagePublisher,
  Messaging,
  MessagingModule,
  type Delivery,
  type Message,
} from '../src/index.ts';
import { effect, World } from './world.ts';

@Injectable()
class Shipping {
  readonly #write = effect('shipping');

  @ConsumeMessages('orders', { group: 'shipping' })
  async ship(message: Message, delivery: Delivery): Promise<void> {
    await this.#write(message, delivery);
  }
}

@Injectable()
class Lost {
  @ConsumeMessages('orders', { group: 'billing' })
  bill(): void {}
}

describe('the Nest module', () => {
  recordSpans({ beforeEach, afterAll });
  let world: World;
  let app: INestApplicationContext | undefined;

  beforeEach(async () => {
    world = await World.open((url) => ({ name: 'pg-boss', url, schema: 'pgboss' }));
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
    await world.close();
  });

  const start = async (handlers: new () => object) => {
    const { dataSource, settings: transport } = world;
    @Module({
      imports: [
        MessagingModule.forRootAsync({
          useFactory: () => ({ dataSource, transport, destinations: { orders: ['shipping'] } }),
        }),
      ],
      providers: [handlers],
    })
    class App {}
    app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
    return app;
  };

  it('calls the decorated method of a provider with each message, and stops with the app', async () => {
    const { dataSource } = world;
    const started = await start(Shipping);
    await started.get(Messaging).connected();
    await started.get(Messaging).check();
    const id = await started
      .get(MessagePublisher)
      .publish(dataSource.manager, { destination: 'orders', body: { n: 1 } });
    expect(await world.untilEffects(1)).toMatchObject([{ message_id: id, consumer: 'shipping', attempt: 1 }]);
    await started.close();
    await expect(started.get(Messaging).check()).rejects.toThrow('not connected');
  });

  it('refuses a handler for a group that no destination has, and lists the existing groups', async () => {
    await expect(start(Lost)).rejects.toThrow(
      'no destination orders has a group billing; there are orders.dead (dead-letters), orders (shipping).',
    );
  });

  it('refuses to publish to a destination that it does not know', async () => {
    const publisher = (await start(Shipping)).get(MessagePublisher);
    const publish = () => publisher.publish(world.dataSource.manager, { destination: 'refunds', body: 1 });
    expect(publish).toThrow('there is no destination refunds; there are orders.dead, orders');
    expect(await world.outboxSize()).toBe(0);
  });
});
