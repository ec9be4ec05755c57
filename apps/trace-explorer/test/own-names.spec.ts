import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const PERMISSION_DENIED = 7;

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

/** The status of a gRPC call that uses this name for the server; 0 is success. */
async function grpcStatusFor(authority: string): Promise<number> {
  const session = connect(explorer?.grpcUrl ?? '');
  try {
    const call = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      ':authority': authority,
      'content-type': 'application/grpc',
    });
    let status: string | string[] | number | undefined;
    for (const event of ['response', 'trailers']) {
      call.on(event, (headers: Record<string, string>) => (status = headers['grpc-status'] ?? status));
    }
    call.resume();
    call.end(Buffer.alloc(5));
    await once(call, 'close');
    return Number(status);
  } finally {
    session.destroy();
  }
}

describe('an explorer on loopback without a token', () => {
  it('answers to the names of this machine, and not to a name of a page on the internet', async () => {
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
    expect(await grpcStatusFor('localhost:4317')).toBe(0);
    expect(await grpcStatusFor('rebound.example:4317')).toBe(PERMISSION_DENIED);
  });
});

describe('an explorer for other machines with configured names', () => {
  it('only answers to these names and to the names of its own machine', async () => {
    explorer = await openTestExplorer({ host: '0.0.0.0', names: ['trace-explorer', 'traces.example'] });
    for (const host of ['trace-explorer:4318', 'Traces.Example', '127.0.0.1:4318']) {
      expect([host, await statusFor(host)]).toEqual([host, 200]);
    }
    expect(await statusFor('rebound.example')).toBe(421);
    expect(await grpcStatusFor('trace-explorer:4317')).toBe(0);
    expect(await grpcStatusFor('rebound.example:4317')).toBe(PERMISSION_DENIED);
  });
});

describe('an explorer with a token, or for other machines', () => {
  it('answers to any name', async () => {
    explorer = await openTestExplorer({ token: 'a-long-secret' });
    expect(await statusFor('traces.example', undefined, { authorization: 'Bearer a-long-secret' })).toBe(200);
    await explorer.close();
    explorer = await openTestExplorer({ host: '0.0.0.0' });
    expect(await statusFor('traces.example')).toBe(200);
    expect(await grpcStatusFor('traces.example:4317')).toBe(0);
  });

  it('answers 400 at /mcp if the Host header is not a valid name', async () => {
    explorer = await openTestExplorer({ host: '0.0.0.0' });
    expect(await statusFor('[', '/mcp')).toBe(400);
  });
});
