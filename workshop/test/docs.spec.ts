import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsIn, NEWCOMER_PAGES, NOT_RUN_HERE, type DocCommand } from './doc-commands.ts';
import { testFolder } from './postgres.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const isRunHere = ({ text }: DocCommand) => !NOT_RUN_HERE.some(([pattern]) => pattern.test(text));
const perPage = await Promise.all(NEWCOMER_PAGES.map((page) => commandsIn(root, page)));
const toRun = perPage.flat().filter(isRunHere);

interface Finished {
  readonly code: number;
  readonly output: string;
}

describe('the commands of the documentation', () => {
  let place: { folder: string; remove: () => Promise<void> };
  let platform: AppUnderTest;
  const ports: Record<string, string> = {};
  let orderId = '';
  beforeAll(async () => {
    place = await testFolder();
    platform = new AppUnderTest({
      main: new URL('../../apps/demo/dist/main.js', import.meta.url),
      env: {
        EMBEDDED_POSTGRES_DIR: join(place.folder, 'postgres'),
        ORDERS_API_PORT: '0',
        ORDERS_BATCH_PORT: '0',
        ORDERS_FULFILMENT_PORT: '0',
        EXPLORER_PORT: '0',
        EXPLORER_GRPC_PORT: '0',
        BATCH_CRON: '*/2 * * * * *',
      },
    });
    ports['3000'] = await printed(/orders-api +http:\/\/127\.0\.0\.1:(\d+)/);
    ports['3001'] = await printed(/orders-batch +http:\/\/127\.0\.0\.1:(\d+)/);
    ports['4318'] = await printed(/see them at http:\/\/127\.0\.0\.1:(\d+)/);
    const answer = await fetch(`http://127.0.0.1:${ports['3000']}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        customerId: 'docs',
        currency: 'EUR',
        items: [{ sku: 'MUG', quantity: 1, unitPriceCents: 1_200 }],
        totalCents: 1_200,
      }),
    });
    orderId = ((await answer.json()) as { id: string }).id;
  });
  afterAll(async () => {
    await platform.stop();
    await place.remove();
  });

  async function printed(pattern: RegExp): Promise<string> {
    for (let waited = 0; waited < 100_000; waited += 50) {
      const found = pattern.exec(platform.output)?.[1];
      if (found !== undefined) return found;
      await sleep(50);
    }
    throw new Error(`npm start never printed ${String(pattern)}:\n${platform.output}`);
  }

  /** The command with the addresses of this test, in the folder in which a newcomer types it. */
  function run(text: string): Promise<Finished> {
    const command = text
      .replace(
        /(localhost|127\.0\.0\.1):(3000|3001|4318)/g,
        (_, _host, port: string) => `127.0.0.1:${ports[port]}`,
      )
      .replaceAll('<id>', orderId)
      // npm links a command only if its file exists, and in a fresh clone the library is built after the install.
      .replace(/\bnpx span-links\b/, 'node libs/tracing/dist/doctor/main.js')
      .replaceAll('/tmp/', `${place.folder}/`)
      .replaceAll('workshop/my', `${place.folder}/my`)
      .replace(/\bmain\.js (import|export)\b/, `main.js $1 --url http://127.0.0.1:${ports['4318']}`);
    const env = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      WORKSHOP_DIR: join(place.folder, 'my'),
      EMBEDDED_POSTGRES_DIR: join(place.folder, 'postgres'),
      NX_DAEMON: 'false',
    };
    return new Promise((done) => {
      execFile(
        'bash',
        ['-c', command],
        { cwd: root, env, maxBuffer: 10_000_000 },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
          done({ code, output: stdout + stderr });
        },
      );
    });
  }

  it.each(toRun)('$page: $text', { timeout: 240_000 }, async ({ text }) => {
    const { code, output } = await run(text);
    if (/doctor/.test(text)) {
      // Whether something is to be fixed depends on the place; that it can look does not.
      expect([0, 1], output).toContain(code);
      expect(output).toMatch(/link limit/);
      return;
    }
    expect(code, output).toBe(0);
    if (/curl/.test(text)) expect(output).not.toMatch(/"status":(4|5)\d\d|HTTP\/1\.1 [45]/);
  });

  it('are in every page but those that have none to show', () => {
    const without = NEWCOMER_PAGES.filter((_, index) => perPage[index]?.length === 0);
    expect(without).toEqual(['docs/README.md', 'docs/span-links.md', 'docs/glossary.md']);
  });
});

describe('the links of the documentation', () => {
  it.each(NEWCOMER_PAGES)('%s leads to files and headings that exist', async (page) => {
    const text = await readFile(join(root, page), 'utf8');
    const broken: string[] = [];
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:)/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? join(root, page) : resolve(join(root, page), '..', path);
      if (!existsSync(file)) broken.push(target);
      else if (anchor !== undefined && !(await anchorsOf(file)).includes(anchor)) broken.push(target);
    }
    expect(broken).toEqual([]);
  });
});

/** The anchors that GitHub gives to the headings of a page. */
async function anchorsOf(file: string): Promise<string[]> {
  const page = file.endsWith('.md') ? file : join(file, 'README.md');
  const text = (await readFile(page, 'utf8')).replace(/^```[^]*?^```$/gm, '');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-'),
  );
}
