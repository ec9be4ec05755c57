import { once } from 'node:events';
import { Module } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { HealthModule, type ReadinessCheck } from '../src/index.ts';
import { listenWith } from './app-under-test.ts';

async function healthWith(ready: ReadinessCheck[], timeoutMs?: number) {
  const app = await listenWith(
    HealthModule.forRoot({ ready, ...(timeoutMs !== undefined && { timeoutMs }) }),
  );
  const ask = async (path: string) => {
    const response = await fetch(`${app.url}/health/${path}`);
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  return { ask, app, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

const down: ReadinessCheck = {
  name: 'database',
  check: () => Promise.reject(new Error('connect ECONNREFUSED')),
};

describe('health', () => {
  it('is ready if every check passes, with the details of the checks', async () => {
    await using health = await healthWith([
      { name: 'database', check: async () => ({ server: 'PostgreSQL 18' }) },
      { name: 'queue', check: async () => {} },
    ]);

    const { status, body, headers } = await health.ask('ready');

    expect(status).toBe(200);
    expect(headers.get('cache-control')).toContain('no-store');
    expect(body).toMatchObject({
      status: 'ok',
      info: { database: { status: 'up', server: 'PostgreSQL 18' }, queue: { status: 'up' } },
      error: {},
    });
  });

  it('is not ready if one check fails, and says which and why', async () => {
    await using health = await healthWith([{ name: 'queue', check: async () => {} }, down]);

    const { status, body } = await health.ask('ready');

    expect(status).toBe(503);
    expect(body).toMatchObject({
      status: 'error',
      info: { queue: { status: 'up' } },
      error: { database: { status: 'down', message: 'connect ECONNREFUSED' } },
    });
    expect(health.app.logged).toEqual([]);
  });

  it('says why a connection to two addresses failed', async () => {
    const refused = new AggregateError([new Error('connect ECONNREFUSED ::1:5432')], '');
    await using health = await healthWith([{ name: 'database', check: () => Promise.reject(refused) }]);

    const { body } = await health.ask('ready');

    expect(body).toMatchObject({ error: { database: { message: 'connect ECONNREFUSED ::1:5432' } } });
  });

  it('is not ready if a check hangs, tells the check to give up, and answers', async () => {
    let givenUp: Promise<unknown> | undefined;
    await using health = await healthWith(
      [
        {
          name: 'database',
          check: (signal) => {
            givenUp = once(signal, 'abort');
            return new Promise(() => {});
          },
        },
      ],
      50,
    );

    const { status, body } = await health.ask('ready');

    expect(status).toBe(503);
    expect(body).toMatchObject({
      error: { database: { status: 'down', message: 'timeout of 50ms exceeded' } },
    });
    await givenUp;
  });

  it('is not ready if a check throws before it returns a promise', async () => {
    await using health = await healthWith([
      {
        name: 'database',
        check: () => {
          throw new TypeError('no pool');
        },
      },
    ]);

    expect(await health.ask('ready')).toMatchObject({
      status: 503,
      body: { error: { database: { message: 'no pool' } } },
    });
  });

  it('is live even if it is not ready', async () => {
    await using health = await healthWith([down]);

    expect(await health.ask('live')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('is ready again when the check passes again', async () => {
    let works = false;
    await using health = await healthWith([
      { name: 'database', check: () => (works ? Promise.resolve() : Promise.reject(new Error('away'))) },
    ]);

    expect((await health.ask('ready')).status).toBe(503);
    works = true;
    expect((await health.ask('ready')).status).toBe(200);
  });

  it("can ask the app's own providers", async () => {
    class Database {
      readonly version = 18;
    }
    @Module({ providers: [Database], exports: [Database] })
    class DatabaseModule {}
    await using app = await listenWith(
      HealthModule.forRootAsync({
        imports: [DatabaseModule],
        inject: [Database],
        useFactory: (database: Database) => ({
          ready: [{ name: 'database', check: async () => ({ version: database.version }) }],
        }),
      }),
    );

    const response = await fetch(`${app.url}/health/ready`);

    expect(await response.json()).toMatchObject({ info: { database: { status: 'up', version: 18 } } });
  });
});
