import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { newDatabaseUrl, runExplorer, type ExplorerProcess } from './explorer-process.ts';

const TOKEN = 'a-token-for-beacons';

/**
 * A shop's page under another host name. For the browser it is another site than the explorer at
 * 127.0.0.1.
 */
let shop: Server;
let browser: Browser;
let open: ExplorerProcess;
let guarded: ExplorerProcess;
const urlOf = (host: string) => `http://${host}:${(shop.address() as AddressInfo).port}`;

beforeAll(async () => {
  shop = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Shop</title>');
  });
  shop.listen(0);
  await once(shop, 'listening');
  browser = await chromium.connect(inject('browserEndpoint'));
  const env = { EXPLORER_CORS_ORIGINS: urlOf('localhost') };
  open = await runExplorer(await newDatabaseUrl(), '0', env);
  guarded = await runExplorer(await newDatabaseUrl(), '0', { ...env, EXPLORER_TOKEN: TOKEN });
});
afterAll(async () => {
  await browser.close();
  await Promise.all([open.stop(), guarded.stop()]);
  shop.close();
});

let last = 0;
function oneSpan() {
  const traceId = (++last).toString(16).padStart(32, '0');
  const span = {
    traceId,
    spanId: '00000000000000aa',
    name: 'leave-page',
    kind: 1,
    startTimeUnixNano: '1795377194750000000',
    endTimeUnixNano: '1795377194755000000',
  };
  return { traceId, body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }) };
}

async function onPage(host: string, act: (page: Page) => Promise<void>): Promise<void> {
  const page = await browser.newPage();
  try {
    await page.goto(urlOf(host));
    await act(page);
  } finally {
    await page.context().close();
  }
}

const statusOf = async (traceId: string, { url }: ExplorerProcess, headers = {}) => {
  const response = await fetch(`${url}/api/v1/traces/${traceId}`, { headers });
  await response.body?.cancel();
  return response.status;
};
const arrives = (traceId: string, at = open, headers = {}) =>
  expect.poll(() => statusOf(traceId, at, headers), { timeout: 30_000 }).toBe(200);

describe('a page of an allowed origin', () => {
  it.each(['text', 'application/json'])('sends spans with sendBeacon as %s', async (type) => {
    const { traceId, body } = oneSpan();
    await onPage('localhost', async (page) => {
      const isQueued = await page.evaluate(
        ([url, sent, as]) =>
          navigator.sendBeacon(`${url}/v1/traces`, as === 'text' ? sent : new Blob([sent!], { type: as! })),
        [open.url, body, type],
      );
      expect(isQueued).toBe(true);
      await arrives(traceId);
    });
  });

  it('sends spans with sendBeacon when the reader leaves', async () => {
    const { traceId, body } = oneSpan();
    await onPage('localhost', async (page) => {
      await page.evaluate(
        ([url, sent]) => addEventListener('pagehide', () => navigator.sendBeacon(`${url}/v1/traces`, sent)),
        [open.url, body],
      );
      await page.goto('about:blank');
      await arrives(traceId);
    });
  });

  it('sends spans with fetch and credentials, and may read the answer', async () => {
    const { traceId, body } = oneSpan();
    await onPage('localhost', async (page) => {
      const answer = await page.evaluate(
        async ([url, sent]) => {
          const headers = { 'content-type': 'application/json', 'x-own': '1' };
          const response = await fetch(`${url}/v1/traces`, {
            method: 'POST',
            credentials: 'include',
            headers,
            body: sent!,
          });
          return [response.status, await response.text()];
        },
        [open.url, body],
      );
      expect(answer).toEqual([200, '{}']);
    });
    await arrives(traceId);
  });

  it('passes the token in the address if it cannot set a header', async () => {
    const authorization = { authorization: `Bearer ${TOKEN}` };
    const [refused, taken] = [oneSpan(), oneSpan()];
    await onPage('localhost', async (page) => {
      const send = (path: string, body: string) =>
        page.evaluate(([url, sent]) => navigator.sendBeacon(url!, sent), [guarded.url + path, body]);
      await send('/v1/traces?token=wrong-token', refused.body);
      await send(`/v1/traces?token=${TOKEN}`, taken.body);
      await arrives(taken.traceId, guarded, authorization);
    });
    expect(await statusOf(refused.traceId, guarded, authorization)).toBe(404);
  });
});

it('a page of another origin cannot send anything', async () => {
  const sent = [oneSpan(), oneSpan(), oneSpan()];
  await onPage('127.0.0.1', async (page) => {
    const results = await page.evaluate(
      async ([url, text, blob, body]) => {
        navigator.sendBeacon(`${url}/v1/traces`, text);
        navigator.sendBeacon(`${url}/v1/traces`, new Blob([blob!], { type: 'application/json' }));
        const fetched = fetch(`${url}/v1/traces`, { method: 'POST', mode: 'no-cors', body: body! });
        return fetched.then((response) => response.type);
      },
      [open.url, ...sent.map(({ body }) => body)],
    );
    // The browser sends it, and the explorer refuses it.
    expect(results).toBe('opaque');
  });
  for (const { traceId } of sent) expect(await statusOf(traceId, open)).toBe(404);
});
