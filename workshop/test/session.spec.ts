import { execFileSync } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { LinkPage } from '@span-links/explorer-api';
import { startOtlpReceiver } from '@span-links/otlp/receiver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testFolder } from './postgres.ts';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const solution = fileURLToPath(new URL('../exercises/1-lost-trail/solution.ts', import.meta.url));

let place: { folder: string; remove: () => Promise<void> };
const started: ChildProcess[] = [];
beforeEach(async () => {
  place = await testFolder();
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'))
      await once(child, 'exit');
  }
  await place.remove();
});

/** A workshop as a process, in a folder of its own. */
class Workshop {
  output = '';
  readonly exit: Promise<unknown[]>;
  private readonly child: ChildProcess;

  constructor(words: readonly string[] = [], env: Record<string, string> = {}) {
    this.child = fork(main, [...words], {
      execArgv: [],
      silent: true,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        EXPLORER_PORT: '0',
        EXPLORER_GRPC_PORT: '0',
        EMBEDDED_POSTGRES_DIR: join(place.folder, 'postgres'),
        WORKSHOP_DIR: join(place.folder, 'my'),
        WORKSHOP_NAME: 'ada',
        ...env,
      },
    });
    started.push(this.child);
    this.child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.exit = once(this.child, 'close');
  }

  type(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  stop(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits until it has printed this after what was found before. */
  async prints(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    for (let waited = 0; waited < 60_000; waited += 50) {
      const found = pattern.exec(this.output.slice(from));
      if (found) return found;
      if (this.child.exitCode !== null && waited > 1_000) break;
      await sleep(50);
    }
    throw new Error(`never printed ${String(pattern)}:\n${this.output}`);
  }
}

const myFile = () => join(place.folder, 'my', '1-lost-trail.ts');
const leftBehind = () =>
  execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(place.folder));

async function ended(words: readonly string[]): Promise<{ code: unknown; output: string }> {
  const workshop = new Workshop(words);
  const [code] = await workshop.exit;
  return { code, output: workshop.output };
}

describe('npm run workshop', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'checks the file after each save, shows the link in the explorer, and leaves nothing behind on %s',
    async (signal) => {
      const workshop = new Workshop();
      const [, url = ''] = await workshop.prints(/explorer +(http:\S+)/);
      await workshop.prints(/✘ 1-lost-trail/);
      await workshop.prints(/1-lost-trail\.ts:\d+/);
      await cp(solution, myFile());
      const [, traceId, spanId] = await workshop.prints(
        /✔ 1-lost-trail \(\d+ spans\)[^]*look at it: \S+\/trace\/(\w+)\?spanId=(\w+)/,
      );
      const answer = await fetch(`${url}/api/v1/traces/${traceId}/spans/${spanId}/links?direction=out`);
      const { links } = (await answer.json()) as LinkPage;
      expect(links.map(({ other }) => other.resolved && other.name)).toEqual(['receive-order']);
      workshop.stop(signal);
      expect((await workshop.exit)[0]).toBe(0);
      expect(workshop.output).toContain('Stopped. Your files and your progress stay.');
      expect(leftBehind()).toEqual([]);
    },
  );

  it('names the line of the mistake', async () => {
    const workshop = new Workshop();
    await workshop.prints(/✘ 1-lost-trail/);
    const text = (await readFile(solution, 'utf8'))
      .replace('    const traceContext = captureTraceContext();\n', '')
      .replace('...order, traceContext }', '...order, traceContext: captureTraceContext() }');
    await writeFile(myFile(), text);
    const [, line] = await workshop.prints(/captured inside persist-order[^]*1-lost-trail\.ts:(\d+)/);
    expect(text.split('\n')[Number(line) - 1]).toContain('captureTraceContext()');
    await writeFile(myFile(), 'export const broken = ;\n');
    await workshop.prints(/Your code failed/);
    await writeFile(myFile(), text.replace("'receive-order', {", "'receive-order', null.x, {"));
    await workshop.prints(/Your code failed: Cannot read properties of null[^]*1-lost-trail\.ts:\d+/);
    workshop.type('quit');
    expect((await workshop.exit)[0]).toBe(0);
  });

  it('takes commands in the session and in a second terminal', async () => {
    const workshop = new Workshop();
    await workshop.prints(/✘ 1-lost-trail/);
    workshop.type('hint');
    await workshop.prints(/Hint 1 of 3/);
    workshop.type('next');
    await workshop.prints(/1-lost-trail is not done yet/);
    workshop.type('dance');
    await workshop.prints(/There is no command dance/);
    const second = await ended(['hint']);
    expect(second.code).toBe(0);
    expect(second.output).toMatch(/Hint 1 of 3[^]*Hint 2 of 3/);
    expect((await ended(['hint'])).output).toContain('Hint 3 of 3');
    expect((await ended(['solution'])).output).toMatch(/^\+ .*captureTraceContext/m);
    await cp(solution, myFile());
    await workshop.prints(/✔ 1-lost-trail/);
    expect((await ended(['solution'])).output).toContain('Your file is the solution.');
    expect((await ended(['list'])).output).toMatch(/✔ 1-lost-trail/);
    const reset = await ended(['reset']);
    expect(reset.output).toMatch(/before-reset\.ts/);
    expect(await readFile(myFile().replace('.ts', '.before-reset.ts'), 'utf8')).toBe(
      await readFile(solution, 'utf8'),
    );
    await workshop.prints(/✘ 1-lost-trail/, workshop.output.lastIndexOf('✔ 1-lost-trail'));
    workshop.type('verify 1');
    await workshop.prints(/✘ 1-lost-trail[^]*✘ 1-lost-trail/, workshop.output.lastIndexOf('✔ 1-lost-trail'));
    workshop.type('quit');
    expect((await workshop.exit)[0]).toBe(0);
  });

  it('sends to the explorer of a room under the name of the reader, and goes on when the room is closed', async () => {
    const room = await startOtlpReceiver();
    const workshop = new Workshop([], {
      WORKSHOP_ROOM: room.url,
      WORKSHOP_BROWSER_URL: 'http://127.0.0.1:7',
    });
    await workshop.prints(
      /explorer +http:\/\/127\.0\.0\.1:7\/traces\?q=resource\.service\.instance\.id%3Dada/,
    );
    await workshop.prints(/✘ 1-lost-trail[^]*look at it: http:\/\/127\.0\.0\.1:7\/trace\//);
    expect(new Set(room.spans().map(({ resource }) => resource['service.instance.id']))).toEqual(
      new Set(['ada']),
    );
    await room.close();
    workshop.type('run');
    await workshop.prints(/does not answer; the check is not affected/);
    workshop.type('quit');
    expect((await workshop.exit)[0]).toBe(0);
  });

  it('verifies the files of a reader with an exit code', async () => {
    const missing = await ended(['verify', '1']);
    expect(missing.code).toBe(1);
    expect(missing.output).toContain('1-lost-trail is not begun');
    await ended(['goto', '1']);
    expect((await ended(['verify', '1'])).code).toBe(1);
    await cp(solution, myFile());
    const right = await ended(['verify', '1-lost-trail']);
    expect(right).toMatchObject({ code: 0 });
    expect(right.output).toContain('✔ 1-lost-trail');
    expect(leftBehind()).toEqual([]);
  });

  it('answers --help and refuses what it does not know', async () => {
    const help = await ended(['--help']);
    expect(help.code).toBe(0);
    expect(help.output).toMatch(/hint[^]*solution[^]*reset[^]*verify[^]*WORKSHOP_DIR/);
    expect(await ended(['dance'])).toMatchObject({ code: 2 });
    expect(await ended(['hint', '99'])).toMatchObject({ code: 2 });
    expect((await ended(['verify', '99'])).output).toContain('"99" is neither');
  });
});
