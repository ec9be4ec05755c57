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
    '%s requires it',
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

  it('spans are refused in the encoding of the request, and none is stored', async () => {
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

  it('a browser passes it once, and continues with a cookie that does not contain it', async () => {
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

  it('a browser that a trusted proxy serves over TLS gets a cookie that stays on TLS', async () => {
    const behindProxy = await openTestExplorer({ token: TOKEN, trustProxy: true });
    try {
      const cookieFor = async (url: string, protocol: string) => {
        const headers = { 'x-forwarded-proto': protocol };
        const response = await fetch(`${url}/?token=${TOKEN}`, { headers, redirect: 'manual' });
        return response.headers.get('set-cookie');
      };
      expect(await cookieFor(behindProxy.url, 'https')).toMatch(/; Secure$/);
      // The value of the nearest proxy is the last one.
      expect(await cookieFor(behindProxy.url, 'http, https')).toMatch(/; Secure$/);
      expect(await cookieFor(behindProxy.url, 'https, http')).not.toContain('Secure');
      expect(await cookieFor(explorer.url, 'https')).not.toContain('Secure');
    } finally {
      await behindProxy.close();
    }
  });

  it('a short one is reported at the start without printing it', async () => {
    const warnings = (logged: readonly string[]) => logged.filter((line) => line.includes('can be guessed'));
    expect(warnings(explorer.logged)).toHaveLength(1);
    expect(warnings(explorer.logged)[0]).toContain('EXPLORER_TOKEN has 13 characters');
    expect(explorer.logged.join('\n')).not.toContain(TOKEN);
    const guarded = await openTestExplorer({ token: 'a-token-of-32-characters-or-more' });
    expect(warnings(guarded.logged)).toEqual([]);
    await guarded.close();
  });

  it('never sends the browser to another site', async () => {
    const response = await get(`//elsewhere.example/?token=${TOKEN}`);
    expect(response.headers.get('location')).toBe('/elsewhere.example/');
  });

  it('the API documentation explains how to pass it', async () => {
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

  it('may send OTLP if it is allowed', async () => {
    const allowed = await preflight(PAGE);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(allowed.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    expect(allowed.headers.get('access-control-allow-credentials')).toBe('true');
    const sent = await postJson(explorer.url, '{}', { origin: PAGE, authorization: `Bearer ${TOKEN}` });
    expect([sent.status, sent.headers.get('access-control-allow-origin')]).toEqual([200, PAGE]);
  });

  it('may send text like sendBeacon, with the token in the address, unlike a page that is not allowed', async () => {
    const send = (origin: string, path: string) =>
      fetch(explorer.url + path, {
        method: 'POST',
        headers: { origin, 'content-type': 'text/plain' },
        body: '{}',
      });
    expect((await send(PAGE, `/v1/traces?token=${TOKEN}`)).status).toBe(200);
    expect((await send(PAGE, '/v1/traces?token=wrong')).status).toBe(401);
    expect((await send('https://evil.example', `/v1/traces?token=${TOKEN}`)).status).toBe(415);
    expect((await send(PAGE, `/api/v1/import?token=${TOKEN}`)).status).toBe(401);
  });

  it('may not send OTLP if it is not allowed, and may never read the API', async () => {
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    expect((await preflight(PAGE, '/api/v1/traces')).headers.get('access-control-allow-origin')).toBeNull();
  });
});
