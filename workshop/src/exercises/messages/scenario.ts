import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Scenario } from '../../exercise.ts';
import { WorkshopBroker, type Broker, type OrderJob } from '../../shop/broker.ts';
import type { Order } from '../../shop/orders-table.ts';
import { Warehouse } from '../../shop/warehouse.ts';
import { outcomeOf, type CallOutcome } from '../outcome.ts';

interface Code {
  readonly publishOrder: (order: Order, broker: Broker) => Promise<void>;
  readonly Shipping: Type<{ ship(job: OrderJob): Promise<void> }>;
  readonly Invoicing: Type<{ invoice(jobs: readonly OrderJob[]): Promise<void> }>;
}

export interface Facts {
  readonly orders: readonly string[];
  readonly shipped: readonly string[];
  readonly invoiced: readonly string[];
  readonly outcome: CallOutcome;
}

/** Four orders are published. Shipping gets their messages one by one, invoicing all at once. */
export const scenario: Scenario<Code> = {
  needs: ['publishOrder', 'Shipping', 'Invoicing'],
  async play({ publishOrder, Shipping, Invoicing }, { databaseUrl, file }): Promise<Facts> {
    const broker = await WorkshopBroker.open(databaseUrl, { orders: {}, invoices: {} });
    const warehouse = new Warehouse();
    class Shop {}
    Module({
      providers: [{ provide: Warehouse, useValue: warehouse }, Shipping, Invoicing],
    })(Shop);
    const app = await NestFactory.createApplicationContext(Shop, { logger: false, abortOnError: false });
    try {
      const orders = [1, 2, 3, 4].map((number) => ({ id: `order-${number}`, totalCents: number * 1_000 }));
      const outcome = await outcomeOf(file, async () => {
        for (const order of orders) await publishOrder(order, broker.boss);
        const shipping = app.get(Shipping);
        for (const job of await broker.fetch('orders', orders.length)) await shipping.ship(job);
        await app.get(Invoicing).invoice(await broker.fetch('invoices', orders.length));
      });
      const { shipped, invoiced } = warehouse;
      return { orders: orders.map(({ id }) => id), shipped, invoiced, outcome };
    } finally {
      await app.close();
      await broker.close();
    }
  },
};
