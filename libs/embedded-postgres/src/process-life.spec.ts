import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isProcessAlive, processGone, signalProcess } from './process-life.ts';

test('a process is alive until it is gone, and signalling it then is no error', async () => {
  const sleeper = spawn('sleep', ['600']);
  const pid = sleeper.pid!;
  expect(isProcessAlive(pid)).toBe(true);
  expect(await processGone(pid, 1)).toBe(false);
  signalProcess(pid, 'SIGKILL');
  expect(await processGone(pid)).toBe(true);
  signalProcess(pid, 'SIGKILL');
});

test.runIf(process.platform === 'linux')('a zombie, dead and not yet buried, is not alive', async () => {
  // The shell starts a child, tells its id and becomes a sleep, which never waits for children.
  const negligent = spawn('sh', ['-c', 'true & echo $!; exec sleep 600']);
  const [line] = (await once(negligent.stdout, 'data')) as [Buffer];
  expect(await processGone(Number(line.toString()))).toBe(true);
  expect(() => process.kill(Number(line.toString()), 0)).not.toThrow();
  negligent.kill();
});
