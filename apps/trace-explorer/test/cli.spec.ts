import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const TOKEN = 'a-token-for-commands';

let explorer: TestExplorer;
let folder: string;
beforeAll(async () => {
  explorer = await openTestExplorer({ token: TOKEN });
  folder = await mkdtemp(join(tmpdir(), 'span-links-cli-'));
});
afterAll(async () => {
  await explorer.close();
  await rm(folder, { recursive: true });
});

async function run(args: readonly string[], env: Record<string, string> = {}, input?: string) {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, EXPLORER_URL: explorer.url, EXPLORER_TOKEN: TOKEN, ...env },
  });
  let out = '';
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  child.stdin.end(input ?? '');
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, told };
}

const line = (n: number, service = 'cli') =>
  `${JSON.stringify(requestOf([spanOf(traceIdOf(n), spanIdOf(n))], service))}\n`;
const file = async (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

describe('span-links-explorer import', () => {
  it('sends plain and compressed files, and leaves nothing behind', async () => {
    const plain = await file('a.jsonl', line(1) + line(2));
    const packed = await file('b.jsonl.gz', gzipSync(line(3)));
    const { code, told } = await run(['import', plain, packed]);
    expect(told).toBe(
      'a.jsonl: 2 spans read, 2 stored, 0 known before\nb.jsonl.gz: 1 spans read, 1 stored, 0 known before\n',
    );
    expect(code).toBe(0);
    expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('progress'));
    expect((await run(['import', '-'], {}, line(1))).told).toBe(
      'standard input: 1 spans read, 0 stored, 1 known before\n',
    );
  });

  it('names the broken lines of the file, continues, and ends with 1', async () => {
    const pretty = JSON.stringify({ data: [{ traceID: 'x', spans: [] }] }, null, 2);
    const broken = await file(
      'c.jsonl',
      `${line(11)}{"resourceSpans":[{"scopeSpans":7}]}\n\u001b[2J\n${line(12)}${pretty}\n`,
    );
    const { code, told } = await run(['import', broken]);
    expect(told.split('\n')).toEqual([
      'c.jsonl, line 3: the text is not a JSON object',
      expect.stringMatching(/^c\.jsonl, line 2: .*expected a list/),
      expect.stringMatching(/^c\.jsonl, line 7: .*traceID/),
      'c.jsonl: 2 spans read, 2 stored, 0 known before, 3 parts not readable',
      '',
    ]);
    expect(code).toBe(1);
  });

  it('continues after an interrupted run', async () => {
    const lines = Array.from({ length: 30_000 }, (_, n) => line(100_000 + n, 'resumed')).join('');
    const path = await file('long.jsonl', lines);
    let parts = 0;
    // Passes on one part and then breaks off, like an explorer that is killed.
    const flaky = createServer((request, response) => {
      if (++parts > 1) {
        response.destroy();
        return;
      }
      void forward(request, explorer.url).then(async (answer) => {
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(await answer.text());
      });
    });
    flaky.listen(0, '127.0.0.1');
    await once(flaky, 'listening');
    const url = `http://127.0.0.1:${(flaky.address() as AddressInfo).port}`;
    const child = spawn(process.execPath, [CLI, 'import', path], {
      env: { ...process.env, EXPLORER_URL: url, EXPLORER_TOKEN: TOKEN },
    });
    await once(flaky, 'request');
    await once(flaky, 'request');
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(130);
    flaky.close();
    const { told, code: second } = await run(['import', path]);
    expect(told).toMatch(/^long\.jsonl: goes on after \d+ parts of a run before\n/);
    const [, read = '', stored = '', known = ''] =
      /(\d+) spans read, (\d+) stored, (\d+) known before/.exec(told) ?? [];
    expect(Number(read)).toBeLessThan(30_000);
    expect([stored, known, second]).toEqual([read, '0', 0]);
    const { told: again } = await run(['import', '--restart', path]);
    expect(again).toContain('30000 spans read, 0 stored, 30000 known before');
  });

  it.each([
    [['import'], {}, 2, 'import takes one file or more'],
    [['import', '--fast', 'x'], {}, 2, "'--fast'"],
    [['sing'], {}, 2, 'there is no command "sing"'],
    [['import', '/nowhere/x.jsonl'], {}, 1, 'x.jsonl cannot be read: ENOENT'],
    [['import', '-'], { EXPLORER_TOKEN: 'a-wrong-token' }, 1, 'wants a token'],
    [['export'], { EXPLORER_URL: 'http://127.0.0.1:1' }, 1, 'no explorer answers at http://127.0.0.1:1'],
    [['export', '--url', 'elsewhere'], {}, 1, '--url is "elsewhere"'],
    [['export', '--from', 'soon'], {}, 2, '--from is "soon"'],
    [['export', '--query', 'service='], {}, 1, 'the explorer answered 400'],
  ])('%j reports the error', async (args, env, code, message) => {
    const ended = await run(args, env, line(1));
    expect(ended.told).toContain(message);
    expect(ended.code).toBe(code);
  });

  it('has help and a version', async () => {
    expect((await run(['--help'])).out).toContain('span-links-explorer import FILE…');
    expect((await run(['import', '--help'])).out).toContain('--restart');
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('span-links-explorer export', () => {
  it('writes to standard output or to a file that import reads', async () => {
    await postJson(explorer.url, requestOf([spanOf(traceIdOf(71), spanIdOf(71))], 'exported'), {
      authorization: `Bearer ${TOKEN}`,
    });
    const { out, told, code } = await run(['export', '--query', 'service=exported', '--from', '3650d']);
    expect([out.trim().split('\n').length, told, code]).toEqual([1, '1 lines of OTLP/JSON written\n', 0]);
    const packed = join(folder, 'out.jsonl.gz');
    expect((await run(['export', '--query', 'service=exported', '-o', packed])).told).toContain(packed);
    expect((await readFile(packed)).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect((await run(['import', packed])).told).toContain('1 spans read, 0 stored, 1 known before');
  });
});

async function forward(request: IncomingMessage, url: string): Promise<Response> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { authorization = '', 'content-encoding': encoding = '' } = request.headers;
  return fetch(url + request.url, {
    method: 'POST',
    headers: { authorization, 'content-encoding': encoding },
    body: Buffer.concat(chunks),
  });
}
