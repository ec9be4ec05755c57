import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isProcessAlive, processGone, signalProcess } from './process-life.ts';

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
