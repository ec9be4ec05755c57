import { Agent, request } from 'node:http';
import { startPostgresServer, type TestPostgresServer } from '@span-links/embedded-postgres/testing';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bombs, type Bomb } from '../bench/bombs.mjs';
import { getJson, postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';

const CONNECTIONS = 20;
/** For requests that are large on the wire: their sender shares this machine. */
const UNPACKED_CONNECTIONS = 4;

let server: TestPostgresServer;
let app: AppUnderTest;
let url: string;
beforeAll(async () => {
  server = await startPostgresServer({});
  app = new AppUnderTest({
    main: new URL('../dist/main.js', import.meta.url),
    env: {
      EXPLORER_PORT: '0',
      EXPLORER_DATABASE_URL: await server.createDatabase('bombs'),
      // A tenth of what one of these requests took before elements were counted.
      NODE_OPTIONS: '--max-old-space-size=160',
    },
  });
  url = await app.ready();
}, 120_000);
afterAll(async () => {
  await app.stop('SIGKILL');
  await server.destroy();
});

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

function send({ contentType, packing, body }: Bomb): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': contentType,
      'content-length': body.length,
      ...(packing && { 'content-encoding': packing }),
    };
    const sent = request(`${url}/v1/traces`, { method: 'POST', agent, headers });
    sent.once('response', (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

it.each(bombs().map((bomb) => [bomb.name, bomb] as const))(
  'survives many at once of: %s',
  async (_name, bomb) => {
    const connections = bomb.packing ? CONNECTIONS : UNPACKED_CONNECTIONS;
    const statuses = await Promise.all(Array.from({ length: connections }, () => send(bomb)));
    for (const status of statuses) expect([200, 400, 413, 429]).toContain(status);
    if (!/within the limits|zeros|states|last member/.test(bomb.name)) expect(statuses).not.toContain(200);
  },
  120_000,
);

it('is the same process afterwards, and has lost nothing', async () => {
  expect((await postJson(url, requestOf([spanOf(traceIdOf(1), spanIdOf(1))]))).status).toBe(200);
  expect(await getJson(url, '/api/v1/stats')).toMatchObject({ spans: 1 });
  expect((await (await fetch(`${url}/metrics`)).text()).split('\n')).toContain(
    'trace_explorer_request_bytes_in_hand 0',
  );
  expect(await app.stop()).toEqual({ code: 0, signal: null });
}, 120_000);
