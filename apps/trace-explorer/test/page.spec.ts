import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const SCRIPT = `export const text = '${'x'.repeat(3_000)}';`;
let folder: string;
let explorer: TestExplorer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'page-'));
  mkdirSync(join(folder, 'site/assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'not for the web');
  writeFileSync(join(folder, 'site/index.html'), '<!doctype html><title>Trace explorer</title>');
  writeFileSync(join(folder, 'site/favicon.svg'), '<svg/>');
  writeFileSync(join(folder, 'site/assets/index-B2x9Qa1z.js'), SCRIPT);
  explorer = await openTestExplorer({}, join(folder, 'site'));
});
afterAll(async () => {
  await explorer.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(explorer.url + path, { headers });

describe('the built page', () => {
  it.each(['/', '/traces', `/traces/${'a'.repeat(32)}?spanId=1`])(
    'is what a browser gets at %s',
    async (path) => {
      const response = await get(path, { accept: 'text/html,*/*' });
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'text/html; charset=utf-8',
      ]);
      expect(await response.text()).toContain('<title>Trace explorer</title>');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      const policy = response.headers.get('content-security-policy');
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toContain('unsafe');
    },
  );

  it('has compressed files, and a browser may keep those with a hash in their name for ever', async () => {
    const response = await get('/assets/index-B2x9Qa1z.js', { 'accept-encoding': 'gzip' });
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(Number(response.headers.get('content-length'))).toBeLessThan(500);
    expect(await response.text()).toBe(SCRIPT);
    const plain = await get('/assets/index-B2x9Qa1z.js', { 'accept-encoding': 'identity' });
    expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, SCRIPT]);
  });

  it('is not sent again to a browser that has it', async () => {
    const etag = (await get('/favicon.svg')).headers.get('etag') ?? '';
    expect((await get('/favicon.svg', { 'if-none-match': etag })).status).toBe(304);
  });

  it.each(['/assets/missing-B2x9Qa1z.js', '/api/v1/nothing', '/v1', '/jaeger/api/nothing'])(
    'does not replace %s',
    async (path) => {
      const response = await get(path, { accept: 'text/html,*/*' });
      expect([response.status, (await response.text()).includes('<title>')]).toEqual([404, false]);
    },
  );

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/assets/..%2f..%2fsecret.txt'])(
    'does not lead out of its folder at %s',
    async (path) => {
      expect(await (await get(path)).text()).not.toContain('not for the web');
    },
  );

  it('leaves the API unchanged', async () => {
    expect((await get('/api/v1/traces', { accept: 'text/html,*/*' })).headers.get('content-type')).toMatch(
      /json/,
    );
  });
});

it('is replaced by a note until it is built', async () => {
  const bare = await openTestExplorer();
  try {
    const response = await fetch(bare.url);
    expect([response.status, await response.text()]).toEqual([
      200,
      expect.stringContaining(`${bare.url}/v1/traces`),
    ]);
  } finally {
    await bare.close();
  }
});
