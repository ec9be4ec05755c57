import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  freePort,
  isProcessAlive,
  PREFERRED_PORT,
  processGone,
  rememberedPort,
  rememberPort,
  signalProcess,
} from './postmaster.ts';

test('a process is alive until it is gone, and a later signal is no error', async () => {
  const sleeper = spawn('sleep', ['600']);
  const pid = sleeper.pid!;
  expect(isProcessAlive(pid)).toBe(true);
  expect(await processGone(pid, 1)).toBe(false);
  signalProcess(pid, 'SIGKILL');
  expect(await processGone(pid)).toBe(true);
  signalProcess(pid, 'SIGKILL');
});

test.runIf(process.platform === 'linux')('a zombie is not alive', async () => {
  // The shell becomes a program that never waits for its inherited child.
  const negligent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600']);
  const [line] = (await once(negligent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  while (readFileSync(`/proc/${negligent.pid}/comm`, 'utf8') !== 'sleep\n') await turn();
  expect(isProcessAlive(pid)).toBe(true);

  process.kill(pid, 'SIGKILL');
  expect(await processGone(pid)).toBe(true);
  expect(() => process.kill(pid, 0)).not.toThrow();
  negligent.kill();
});

let folder: string;
let listener: Server;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'server-port-'));
  listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  listener.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a port that another program uses is replaced, a free one is not', async () => {
  const { port } = listener.address() as AddressInfo;
  const other = await freePort(port);
  expect(other).not.toBe(port);
  expect(await freePort(other)).toBe(other);
});

test('a port is remembered; without a valid file, the preferred one is used', () => {
  const file = join(folder, 'port');
  expect(rememberedPort(file)).toBe(PREFERRED_PORT);
  rememberPort(file, 54_400);
  expect(rememberedPort(file)).toBe(54_400);
  for (const nonsense of ['', 'abc', '70000', '-1', '1.5']) {
    writeFileSync(file, nonsense);
    expect(rememberedPort(file)).toBe(PREFERRED_PORT);
  }
});
