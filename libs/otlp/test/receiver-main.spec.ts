import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { afterEach, describe, expect, it } from 'vitest';
import { recordedSpans } from './recorded-spans.ts';

const MAIN = fileURLToPath(new URL('../dist/receiver-main.js', import.meta.url));

let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill('SIGKILL');
});

interface Running {
  readonly process: ChildProcess;
  readonly port: number;
  /** The next line on stdout, as JSON. */
  next(): Promise<unknown>;
}

async function started(process: ChildProcess): Promise<Running> {
  child = process;
  const lines = createInterface({ input: process.stdout! })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));
  const { port } = (await next()) as { port: number };
  return { process, port, next };
}

async function sendThreeSpans(port: number): Promise<void> {
  const spans = recordedSpans((tracer) => {
    for (let i = 0; i < 3; i++) tracer.startSpan('operation').end();
  });
  const response = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: ProtobufTraceSerializer.serializeRequest(spans)!,
  });
  expect(response.status).toBe(200);
}

describe('receiver-main', () => {
  it('prints its port, counts, prints its counts on SIGUSR2 and GET /counts, and ends on SIGTERM', async () => {
    const receiver = await started(spawn(process.execPath, [MAIN], { stdio: ['ignore', 'pipe', 'inherit'] }));
    await sendThreeSpans(receiver.port);
    receiver.process.kill('SIGUSR2');
    const counts = await receiver.next();
    expect(counts).toMatchObject({ requests: 1, traces: 1, spans: 3, links: 0 });
    expect(await (await fetch(`http://127.0.0.1:${receiver.port}/counts`)).json()).toEqual(counts);
    receiver.process.kill('SIGTERM');
    expect(await receiver.next()).toEqual(counts);
    expect(await once(receiver.process, 'exit')).toEqual([0, null]);
  });

  it('ends when the process that forked it disconnects', async () => {
    const receiver = await started(fork(MAIN, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }));
    receiver.process.disconnect();
    expect(await once(receiver.process, 'exit')).toEqual([0, null]);
  });

  it.each([
    [['--port', 'x'], '--port must be a whole number, not "x"'],
    [['--prot', '1'], "Unknown option '--prot'"],
  ])('refuses %j in one sentence', async (args, sentence) => {
    child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    const said = (await child.stderr!.toArray()).join('');
    expect(said).toContain(sentence);
    expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(1);
  });
});
