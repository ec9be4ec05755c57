import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const TOKEN = 'a-long-secret';
const PAGE = 'https://shop.example';

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer({ token: TOKEN, corsOrigins: [PAGE] });
});
afterAll(() => explorer.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(explorer.url + path, { headers, redirect: 'manual' });

describe('with a token', () => {
  it.each(['/', '/api/v1/traces', '/api/v1/live', '/jaeger/api/services', '/metrics', '/docs', '/healthy'])(
    '%s is for those who have it',
    async (path) => {
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: TOKEN }] as Record<
        string,
        string
      >[]) {
        const response = await get(path, headers);
        expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
        await response.body?.cancel();
      }
      const allowed = await get(path, { authorization: `Bearer ${TOKEN}` });
      expect(allowed.status).not.toBe(401);
      await allowed.body?.cancel();
    },
  );

  it('/health needs none', async () => {
    expect((await get('/health/live')).status).toBe(200);
    expect((await get('/health/ready')).status).toBe(200);
  });

  it('spans are refused in the encoding of the request, and nothing of them is stored', async () => {
    const request = requestOf([spanOf(traceIdOf(1), spanIdOf(1))]);
    const refused = await postJson(explorer.url, request);
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { code: 0, message: expect.stringContaining('token') as string },
    ]);
    const authorization = `Bearer ${TOKEN}`;
    const stats = await (await get('/api/v1/stats', { authorization })).json();
    expect(stats).toMatchObject({ spans: 0 });
    expect((await postJson(explorer.url, request, { authorization })).status).toBe(200);
  });

  it('a browser passes it once, and goes on with a cookie that does not hold it', async () => {
    const first = await get(`/trace/1?spanId=2&token=${TOKEN}`);
    expect([first.status, first.headers.get('location')]).toEqual([303, '/trace/1?spanId=2']);
    const cookie = first.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\//);
    expect(cookie).not.toContain(TOKEN);
    const sent = cookie.split(';')[0] ?? '';
    expect((await get('/api/v1/services', { cookie: `other=1; ${sent}` })).status).toBe(200);
    expect((await get('/api/v1/services', { cookie: `${sent}x` })).status).toBe(401);
    expect((await get('/?token=wrong')).status).toBe(401);
  });

  it('never sends the browser to another site', async () => {
    const response = await get(`//elsewhere.example/?token=${TOKEN}`);
    expect(response.headers.get('location')).toBe('/elsewhere.example/');
  });

  it('the API documentation says how to pass it', async () => {
    const document = await (await get('/docs-json', { authorization: `Bearer ${TOKEN}` })).json();
    expect(document).toMatchObject({ components: { securitySchemes: { token: { scheme: 'bearer' } } } });
  });
});

describe('a page of another origin', () => {
  const preflight = (origin: string, path = '/v1/traces') =>
    fetch(explorer.url + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  it('may send OTLP where it was allowed to', async () => {
    const allowed = await preflight(PAGE);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(allowed.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    const sent = await postJson(explorer.url, '{}', { origin: PAGE, authorization: `Bearer ${TOKEN}` });
    expect([sent.status, sent.headers.get('access-control-allow-origin')]).toEqual([200, PAGE]);
  });

  it('may not where it was not, and may never read the API', async () => {
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    expect((await preflight(PAGE, '/api/v1/traces')).headers.get('access-control-allow-origin')).toBeNull();
  });
});
