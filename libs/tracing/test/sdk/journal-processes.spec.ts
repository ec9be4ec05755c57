import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOtlpReceiver, type OtlpReceiver } from '@span-links/otlp/receiver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExportCounters } from '../../src/sdk/export-counters.ts';
import { runFixture } from './run-fixture.ts';

let receiver: OtlpReceiver;
let folder: string;
let env: Record<string, string>;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
  folder = await mkdtemp(join(tmpdir(), 'journal-processes-'));
  env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, SPAN_LINKS_JOURNAL: join(folder, 'journal') };
});
afterEach(async () => {
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

const isLinux = process.platform === 'linux';

/** Behaves like a full disk: a write is cut short, the next one fails. */
const filesUpToKiB = (limit: number): string[] => ['bash', '-c', `ulimit -f ${limit}; exec "$@"`, 'bash'];

describe.runIf(isLinux)('a disk that is full', () => {
  it('costs one line and the cover, and no span', async () => {
    const { ended } = runFixture('full-disk.mjs', { env, wrapper: filesUpToKiB(100) });
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as ExportCounters).journal.uncovered).toBeGreaterThan(10);
    expect(stderr.match(/cannot be written \((ENOSPC|EFBIG)/g)).toHaveLength(1);
    expect(receiver.spans()).toHaveLength(40);
  });

  it('leaves the spans that were written before to the next process', async () => {
    const { stdout, signal } = await runFixture('full-disk.mjs', {
      env,
      args: ['dies'],
      wrapper: filesUpToKiB(100),
    }).ended;
    expect(signal).toBe('SIGKILL');
    const { uncovered } = (JSON.parse(stdout) as ExportCounters).journal;
    await runFixture('journal-heir.mjs', { env }).ended;
    const ids = new Set(receiver.spans().map(({ spanId }) => spanId));
    // Twenty had ended and were sent. Among the others, those that fitted are covered.
    expect(ids.size).toBeGreaterThanOrEqual(20);
    expect(ids.size).toBeGreaterThanOrEqual(40 - uncovered);
    expect(await readdir(join(folder, 'journal', 'otlp'))).toEqual([]);
  });
});

describe('workers of a cluster', () => {
  it('that are killed one after the other lose no span with links', async () => {
    const { stdout } = await runFixture('cluster.mjs', { env, args: ['3'] }).ended;
    const started = stdout.split('\n').filter((line) => /^[0-9a-f]{48}$/.test(line));
    expect(started).toHaveLength(15);
    await runFixture('journal-heir.mjs', { env }).ended;
    const received = new Set(receiver.spans().map(({ traceId, spanId }) => traceId + spanId));
    expect(started.filter((key) => !received.has(key))).toEqual([]);
  });
});

/** Whether this user may make a pid namespace; containers often may not. */
const hasNamespaces = isLinux && spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0;

describe.runIf(hasNamespaces)('a process in another pid namespace', () => {
  it('does not count as dead while it lives, and does when it has died', async () => {
    const other = runFixture('journal-namespace.mjs', {
      env,
      wrapper: ['unshare', '--pid', '--fork', '--kill-child'],
    });
    await other.ready;
    const early = await runFixture('journal-heir.mjs', { env }).ended;
    expect(early.stdout).toContain('"recovered":0');
    other.kill('SIGKILL');
    await other.ended;
    const late = await runFixture('journal-heir.mjs', { env }).ended;
    expect(late.stdout).toContain('"recovered":1,"interrupted":1');
  });
});
