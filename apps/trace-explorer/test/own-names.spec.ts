import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

let explorer: TestExplorer | undefined;
afterEach(() => explorer?.close());

/** `fetch` does not let its caller choose the Host header. */
function statusFor(
  host: string,
  path = '/api/v1/stats',
  headers: Record<string, string> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(explorer?.url ?? '');
    request({ hostname, port, path, headers: { ...headers, host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('an explorer on loopback without a token', () => {
  it('answers to the names of this machine, and to no name that a page on the internet may have made lead here', async () => {
    explorer = await openTestExplorer();
    for (const host of ['localhost', 'LOCALHOST:4318', '127.0.0.1:4318', '127.1.2.3', '[::1]:4318']) {
      expect([host, await statusFor(host)]).toEqual([host, 200]);
    }
    for (const host of [
      'rebound.example',
      'localhost.rebound.example:4318',
      '127.0.0.1.rebound.example',
      '10.0.0.1',
    ]) {
      expect([host, await statusFor(host)]).toEqual([host, 421]);
      expect([host, await statusFor(host, '/v1/traces')]).toEqual([host, 421]);
    }
  });
});

describe('an explorer for other machines that was told its names', () => {
  it('answers to these and to the names of its own machine alone', async () => {
    explorer = await openTestExplorer({ host: '0.0.0.0', names: ['trace-explorer', 'traces.example'] });
    for (const host of ['trace-explorer:4318', 'Traces.Example', '127.0.0.1:4318']) {
      expect([host, await statusFor(host)]).toEqual([host, 200]);
    }
    expect(await statusFor('rebound.example')).toBe(421);
  });
});

describe('an explorer with a token, or for other machines', () => {
  it('answers to any name', async () => {
    explorer = await openTestExplorer({ token: 'a-long-secret' });
    expect(await statusFor('traces.example', undefined, { authorization: 'Bearer a-long-secret' })).toBe(200);
    await explorer.close();
    explorer = await openTestExplorer({ host: '0.0.0.0' });
    expect(await statusFor('traces.example')).toBe(200);
  });
});
