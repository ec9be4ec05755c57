import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orders-api-embedded-'));
  // The user that Postgres runs as has to get in.
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('exits with code 1 and a reason if its embedded Postgres does not come back, so that a supervisor can act', async () => {
  const app = new AppUnderTest({
    main: new URL('../dist/main.js', import.meta.url),
    env: { EMBEDDED_POSTGRES_DIR: folder },
  });
  const url = await app.ready();
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  const claims = join(folder, 'guardian');
  const [claim] = readdirSync(claims);
  const { pid } = JSON.parse(readFileSync(join(claims, claim ?? ''), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGTERM');
  expect(await app.exit).toEqual({ code: 1, signal: null });
  expect(app.output).toMatch(
    /FATAL orders-api {2}The embedded database was stopped from outside\. Stopping\./,
  );
}, 120_000);
