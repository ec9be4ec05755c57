import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort, PREFERRED_PORT, rememberedPort, rememberPort } from './server-port.ts';

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
