import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { TracePage } from '@span-links/explorer-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ExplorerView } from '../src/explorer.ts';
import { testFolder } from './postgres.ts';

const PEOPLE = 30;
const SPANS_EACH = 20;

let place: { folder: string; remove: () => Promise<void> };
let room: ChildProcess | undefined;
beforeEach(async () => {
  place = await testFolder();
});
afterEach(async () => {
  if (room && room.exitCode === null) {
    room.kill('SIGTERM');
    await once(room, 'exit');
  }
  await place.remove();
});

/** Opens a room. @returns its address on this machine, and its token. */
async function openRoom(): Promise<{ url: string; token: string }> {
  const child = fork(fileURLToPath(new URL('../dist/main.js', import.meta.url)), ['room'], {
    silent: true,
    execArgv: [],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      EXPLORER_PORT: '0',
      EXPLORER_GRPC_PORT: '0',
      EMBEDDED_POSTGRES_DIR: join(place.folder, 'postgres'),
    },
  });
  room = child;
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  for (let waited = 0; waited < 60_000; waited += 50) {
    const found = /WORKSHOP_ROOM=http:\/\/\S+:(\d+) WORKSHOP_TOKEN=(\S+) /.exec(output);
    if (found && output.includes('closes the room'))
      return { url: `http://127.0.0.1:${found[1]}`, token: String(found[2]) };
    await sleep(50);
  }
  throw new Error(`the room did not open:\n${output}`);
}

async function work(name: string, url: string, token: string): Promise<void> {
  const exporter = new OTLPTraceExporter({
    url: `${url}/v1/traces`,
    headers: { authorization: `Bearer ${token}` },
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'orders', 'service.instance.id': name }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('room');
  for (let index = 0; index < SPANS_EACH; index++) tracer.startSpan(`of ${name}`, { root: true }).end();
  await provider.shutdown();
}

it('lets thirty people send to one explorer, and each finds their own spans', async () => {
  const { url, token } = await openRoom();
  expect((await fetch(`${url}/api/v1/traces`)).status).toBe(401);
  const names = Array.from({ length: PEOPLE }, (_, index) => `person-${index + 1}`);
  await Promise.all(names.map((name) => work(name, url, token)));
  for (const name of names) {
    const query = new URL(new ExplorerView(url, name, token).ownTraces()).searchParams.get('q') ?? '';
    const headers = { authorization: `Bearer ${token}` };
    let found: TracePage['traces'] = [];
    for (let waited = 0; waited < 30_000 && found.length < SPANS_EACH; waited += 100) {
      const answer = await fetch(`${url}/api/v1/traces?limit=100&q=${encodeURIComponent(query)}`, {
        headers,
      });
      found = ((await answer.json()) as TracePage).traces;
      if (found.length < SPANS_EACH) await sleep(100);
    }
    expect(found).toHaveLength(SPANS_EACH);
    expect(
      new Set(found.map((trace) => JSON.stringify(trace)).flatMap((line) => line.match(/of person-\d+/g))),
    ).toEqual(new Set([`of ${name}`]));
  }
});
