import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectOrdersDatabase, migrateOrdersDatabase } from '@span-links/orders-data';
import { startPostgresServer, type TestPostgresServer } from '@span-links/embedded-postgres/testing';
import { createHttpApp, ServiceLogger } from '@span-links/service-shell';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderProblem } from '../src/order-problems.ts';
import { OrdersApiModule } from '../src/orders-api.module.ts';

let server: TestPostgresServer;
let dataSource: DataSource;
let app: Awaited<ReturnType<typeof createHttpApp>>;
let url: string;
const troubles: string[] = [];

beforeAll(async () => {
  server = await startPostgresServer();
  dataSource = await connectOrdersDatabase({
    url: await server.createDatabase('outage'),
    applicationName: 'outage',
    onTrouble: (sentence) => troubles.push(sentence),
  });
  await migrateOrdersDatabase(dataSource);
  app = await createHttpApp({
    module: OrdersApiModule.over(dataSource),
    openApi: { title: 'orders-api', description: '' },
    log: new ServiceLogger({ name: 'test', level: 'fatal' }),
    mapError: orderProblem,
  });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(async () => {
  await app.close();
  await dataSource.destroy();
  await server.destroy();
});

const post = () =>
  fetch(`${url}/orders`, {
    method: 'POST',
    // A request under a key can always be repeated, so each answer says when.
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({
      customerId: 'c',
      currency: 'EUR',
      items: [{ sku: 'A', quantity: 1, unitPriceCents: 1 }],
    }),
  });

describe('a database that goes away', () => {
  it.each(['fast', 'immediate', 'kill'] as const)(
    'is answered with 503 and Retry-After, and costs no restart (%s)',
    async (mode) => {
      expect((await post()).status).toBe(201);
      await (mode === 'kill' ? server.kill() : server.stop(mode));
      for (let i = 0; i < 12; i++) {
        const response = await post();
        expect(response.status).toBe(503);
        expect(response.headers.get('content-type')).toBe('application/problem+json');
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
      expect((await fetch(`${url}/health/ready`)).status).toBe(503);
      await server.start();
      await sleep(100);
      expect((await post()).status).toBe(201);
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    },
  );

  it('breaks idle connections without ending the process, and logs it', () => {
    expect(troubles.length).toBeGreaterThan(0);
    expect(troubles[0]).toMatch(/^an idle database connection broke: /);
  });
});
