import { request } from 'node:http';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { expect, it } from 'vitest';
import { HealthModule } from '../src/index.ts';
import { listenWith, type AppUnderTest } from './app-under-test.ts';

@Controller('things')
class ThingsController {
  @Get()
  list(): string[] {
    return [];
  }

  @Post()
  create(): string {
    return 'created';
  }
}

@Module({ imports: [HealthModule.forRoot({ ready: [] })], controllers: [ThingsController] })
class ThingsModule {}

interface Answer {
  status: number;
  body: string;
}

/** `fetch` does not let its caller choose the Host header. */
function ask(
  app: AppUnderTest,
  options: { host?: string; path?: string; method?: string; headers?: Record<string, string> },
): Promise<Answer> {
  const { host = 'localhost', path = '/things', method = 'GET', headers = {} } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      `${app.url}${path}`,
      { method, headers: { ...headers, host }, agent: false },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    sent.on('error', reject).end();
  });
}

const LOOPBACK = { host: '127.0.0.1' };

it("accepts requests for this machine's own names", async () => {
  await using app = await listenWith(ThingsModule, { hostGuard: LOOPBACK });
  for (const host of ['localhost', 'LOCALHOST:3000', '127.0.0.1:3000', '127.1.2.3', '[::1]:3000']) {
    expect([host, (await ask(app, { host })).status]).toEqual([host, 200]);
  }
});

it('answers 421 to every other name, for any path and method', async () => {
  await using app = await listenWith(ThingsModule, { hostGuard: LOOPBACK });
  const names = [
    'rebound.example',
    'localhost.rebound.example:3000',
    '127.0.0.1.rebound.example',
    '10.0.0.1',
  ];
  for (const host of names) {
    for (const [method, path] of [
      ['GET', '/things'],
      ['POST', '/things'],
      ['GET', '/health/ready'],
      ['GET', '/docs'],
      ['GET', '/nothing'],
    ] as const) {
      const answer = await ask(app, { host, path, method });
      expect([host, method, path, answer.status]).toEqual([host, method, path, 421]);
    }
  }
});

it('lists in a problem its names and the variable that adds some', async () => {
  await using app = await listenWith(ThingsModule, { hostGuard: { ...LOOPBACK, names: ['shop.example'] } });
  const { body } = await ask(app, { host: 'rebound.example' });
  expect(JSON.parse(body)).toEqual({
    type: 'about:blank',
    title: 'Misdirected Request',
    status: 421,
    detail: 'Ask for localhost or 127.0.0.1 or shop.example; HOST_NAMES adds names.',
    instance: '/things',
  });
});

it('answers to the configured names, in any letter case, and then to no others', async () => {
  const hostGuard = { host: '0.0.0.0', names: ['orders-api', 'Shop.Example'] };
  await using app = await listenWith(ThingsModule, { hostGuard });
  for (const host of ['orders-api:3000', 'shop.example', '127.0.0.1:3000']) {
    expect([host, (await ask(app, { host })).status]).toEqual([host, 200]);
  }
  expect((await ask(app, { host: 'rebound.example' })).status).toBe(421);
});

it('accepts the probes of an orchestrator under any name, if it listens for other machines', async () => {
  await using app = await listenWith(ThingsModule, { hostGuard: { host: '0.0.0.0', names: ['orders-api'] } });
  expect((await ask(app, { host: '10.244.0.7:3000', path: '/health/ready' })).status).toBe(200);
  expect((await ask(app, { host: '10.244.0.7:3000', path: '/health/live' })).status).toBe(200);
});

it('answers to any name if it listens for other machines and has no configured names', async () => {
  await using app = await listenWith(ThingsModule, { hostGuard: { host: '0.0.0.0' } });
  expect((await ask(app, { host: 'orders.example' })).status).toBe(200);
});

it('refuses a changing request from a web page of another site', async () => {
  await using app = await listenWith(ThingsModule, { hostGuard: LOOPBACK });
  const post = (headers: Record<string, string>) => ask(app, { method: 'POST', headers });
  expect((await post({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })).status).toBe(403);
  expect((await post({ 'sec-fetch-site': 'same-site', origin: 'http://localhost:9999' })).status).toBe(403);
  expect((await post({ origin: 'https://evil.example' })).status).toBe(403);
  expect((await post({ origin: 'null' })).status).toBe(403);
  expect((await post({})).status).toBe(201);
});
