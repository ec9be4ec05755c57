import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { BROKERS, hasBroker, startBroker } from '../src/index.ts';

const isOpen = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = new Socket();
    socket.once('error', () => resolve(false));
    socket.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
  });
const foldersOf = (name: string) =>
  readdirSync(tmpdir()).filter((entry) => entry.startsWith(`span-links-${name}-`));

describe.each(BROKERS)('a test broker: %s', (name) => {
  it.skipIf(!hasBroker(name))(
    'starts, stops, starts again at the same port, and leaves nothing behind',
    async () => {
      const before = foldersOf(name);
      const started = Date.now();
      const broker = await startBroker(name);
      console.log(`${name} was ready after ${Date.now() - started} ms`);
      const { port, pid, url } = broker;
      expect(url).toContain(`127.0.0.1:${port}`);
      expect(await isOpen(port)).toBe(true);

      await broker.stop();
      expect(await isOpen(port)).toBe(false);
      expect(broker.pid).toBeUndefined();

      await broker.start();
      expect(broker.port).toBe(port);
      expect(broker.pid).not.toBe(pid);
      expect(await isOpen(port)).toBe(true);

      const last = broker.pid;
      await broker.destroy();
      expect(await isOpen(port)).toBe(false);
      expect(existsSync(`/proc/${last}`)).toBe(false);
      expect(foldersOf(name).filter((folder) => !before.includes(folder))).toEqual([]);
    },
  );
});

describe('the process that started a broker', () => {
  it.skipIf(!hasBroker('nats'))('takes the broker down when it is killed', async () => {
    const owner = fork(new URL('./owner.mjs', import.meta.url), { stdio: 'inherit' });
    const [{ port }] = (await once(owner, 'message')) as [{ port: number }];
    expect(await isOpen(port)).toBe(true);
    owner.kill('SIGKILL');
    await expect.poll(() => isOpen(port), { timeout: 20_000 }).toBe(false);
  });
});
