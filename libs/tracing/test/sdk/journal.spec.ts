import { SpanStatusCode, type Attributes } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import type { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { chmod, mkdtemp, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExportError } from '../../src/sdk/export-failure.ts';
import { linkSafeProcessor, type LinkSafeOptions } from '../../src/sdk/link-safe-processor.ts';
import type { JournaledSpan } from '../../src/sdk/journal/journaled-span.ts';
import { sdkNode } from '../../src/sdk/packages.ts';
import { QUIET_CONTEXT } from '../../src/sdk/quiet-context.ts';
import type { EndedSpanExporter, ExportResult } from '../../src/sdk/span-pipeline.ts';
import { aLink } from './ended-spans.ts';

/** Answers as the test decides; `taken` holds the received spans. */
class TestExporter implements EndedSpanExporter {
  readonly taken: JournaledSpan[] = [];
  requests = 0;
  answer: () => ExportResult = () => ({ code: 0 });

  export(spans: unknown[], done: (result: ExportResult) => void): void {
    this.requests++;
    const result = this.answer();
    if (result.code === 0) this.taken.push(...(spans as JournaledSpan[]));
    done(result);
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

const away = (): ExportResult => ({
  code: 1,
  error: new ExportError({ reason: 'HTTP 503', cause: '503', retryable: true }),
});
const refused = (): ExportResult => ({
  code: 1,
  error: new ExportError({ reason: 'HTTP 400', cause: '400', retryable: false }),
});

let root: string;
let lines: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'journal-spec-'));
  lines = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const folder = (): string => join(root, 'journal', 'spans');
const files = async (): Promise<string[]> =>
  (await readdir(folder()).catch(() => [])).filter((name) => name.endsWith('.jsonl'));

function start(options: LinkSafeOptions = {}) {
  const exporter = new TestExporter();
  const processor = linkSafeProcessor(exporter, {
    journal: join(root, 'journal'),
    scheduleDelayMs: 20,
    log: (line) => lines.push(line),
    ...options,
  });
  const provider: BasicTracerProvider = new (sdkNode().tracing.BasicTracerProvider)({
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('test');
  const startSpan = (links = 1, attributes: Attributes = {}) =>
    tracer.startSpan('batch', {
      root: true,
      attributes,
      links: Array.from({ length: links }, (_, index) => aLink(index + 1)),
    });
  return { exporter, processor, startSpan };
}

/**
 * Makes the files look like those of a killed process: nobody listens on their owner's socket. The copy is left behind;
 * the original belongs to a living owner.
 */
async function kill(): Promise<void> {
  for (const name of await files()) {
    const text = await readFile(join(folder(), name));
    const dead = join(folder(), name.replace(/^s.{16}\.\w{8}/, 't0123456789abcdef.00000000'));
    await writeFile(dead, text);
    await utimes(dead, new Date(Date.now() - 120_000), new Date(Date.now() - 120_000));
  }
}

describe('the journal of spans with links', () => {
  it('is readable by its user only, and gone when everything is acknowledged and closed', async () => {
    const { processor, startSpan } = start();
    const span = startSpan();
    const [name] = await files();
    expect((await stat(folder())).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder(), name!))).mode & 0o777).toBe(0o600);
    span.end();
    await processor.shutdown();
    expect(await readdir(folder())).toEqual([]);
  });

  it('is not touched for spans without links', async () => {
    const { processor, startSpan } = start();
    startSpan(0).end();
    expect(await files()).toEqual([]);
    await processor.shutdown();
  });

  it('gives the next process the ended and the running spans', async () => {
    const { exporter, startSpan } = start();
    exporter.answer = away;
    startSpan(2, { order: 1 }).setAttribute('order', 2).end();
    startSpan(3, { order: 3 });
    await kill();
    const heir = start();
    await heir.processor.shutdown();
    const [ended, running] = heir.exporter.taken;
    expect(ended).toMatchObject({ name: 'batch', attributes: { order: 2 }, status: { code: 0 } });
    expect(running).toMatchObject({
      attributes: { order: 3, 'spanlinks.interrupted': true },
      status: { code: SpanStatusCode.ERROR, message: 'interrupted' },
    });
    expect(heir.exporter.taken.map(({ links }) => links.length)).toEqual([2, 3]);
    expect(heir.processor.counters().journal).toEqual({ recovered: 2, interrupted: 1, uncovered: 0 });
    expect(lines).toContainEqual(expect.stringContaining('2 sent, 1 of them interrupted'));
  });

  it('leaves the files of living processes alone', async () => {
    const one = start();
    const span = one.startSpan();
    const other = start();
    await other.processor.shutdown();
    expect(other.exporter.taken).toEqual([]);
    span.end();
    await one.processor.shutdown();
    expect(one.exporter.taken).toHaveLength(1);
  });

  it('of another machine is left alone while it is touched, and sent when it is not', async () => {
    const one = start();
    one.startSpan();
    const [name] = await files();
    const foreign = join(folder(), name!.replace(/\.\w{8}\./, '.deadbeef.'));
    await rename(join(folder(), name!), foreign);
    const early = start();
    await early.processor.shutdown();
    expect(early.exporter.taken).toEqual([]);
    await utimes(foreign, new Date(), new Date(Date.now() - 61_000));
    const late = start();
    await late.processor.shutdown();
    expect(late.exporter.taken).toHaveLength(1);
  });

  it('covers links of addLink at the end', async () => {
    const { exporter, startSpan } = start();
    exporter.answer = away;
    startSpan(0).addLink(aLink(1)).end();
    startSpan(1).addLink(aLink(2)).end();
    await kill();
    const heir = start();
    await heir.processor.shutdown();
    expect(heir.exporter.taken.map(({ links }) => links.length)).toEqual([1, 2]);
  });

  it('holds the result of `redact`', async () => {
    const redact = (attributes: Attributes): Attributes =>
      Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== 'card' && key !== 'order.id'));
    const { startSpan } = start({ redact });
    startSpan(2, { card: '4111', kept: 'yes' }).addEvent('paid', { card: '4111' }).end();
    const [name] = await files();
    const text = await readFile(join(folder(), name!), 'utf8');
    expect(text).toContain('yes');
    expect(text).not.toMatch(/4111|01890a5d/);
  });

  it('counts and skips spans beyond its limit, says so once, and covers again when there is room', async () => {
    const { exporter, processor, startSpan } = start({ journalMaxBytes: 200_000 });
    const spans = Array.from({ length: 50 }, () => startSpan(128));
    const { uncovered } = processor.counters().journal;
    expect(uncovered).toBeGreaterThan(30);
    expect(lines).toEqual([expect.stringContaining('is full (200000 bytes')]);
    for (const span of spans) span.end();
    await processor.flush();
    expect(exporter.taken).toHaveLength(50);
    // Spans that are written at their end do not fit either.
    const before = processor.counters().journal.uncovered;
    startSpan(128).end();
    expect(processor.counters().journal.uncovered).toBe(before);
    await processor.shutdown();
    expect(await readdir(folder())).toEqual([]);
  });

  it.each(['a file where the folder should be', '/proc'])(
    'in a place that cannot be written (%s) costs one line and no span',
    async (place) => {
      await writeFile(join(root, 'file'), '');
      const journal = place === '/proc' ? '/proc/span-links' : join(root, 'file', 'journal');
      const { exporter, processor, startSpan } = start({ journal });
      for (let span = 0; span < 100; span++) startSpan().end();
      await processor.shutdown();
      expect(exporter.taken).toHaveLength(100);
      expect(processor.counters().journal.uncovered).toBeGreaterThanOrEqual(100);
      expect(lines).toEqual([expect.stringContaining('cannot be written')]);
    },
  );

  it('that is off writes nothing', async () => {
    const { exporter, processor, startSpan } = start({ journal: 'off' });
    startSpan().end();
    await processor.shutdown();
    expect(exporter.taken).toHaveLength(1);
    expect(await files()).toEqual([]);
  });
});

describe('the file of a dead process', () => {
  async function leave(text = ''): Promise<string> {
    const { exporter, startSpan } = start();
    exporter.answer = away;
    for (let span = 0; span < 3; span++) startSpan().end();
    await kill();
    const name = (await files()).find((candidate) => candidate.startsWith('t'))!;
    if (text !== '') await writeFile(join(folder(), name), text);
    await utimes(join(folder(), name), new Date(), new Date(Date.now() - 120_000));
    return join(folder(), name);
  }

  it('is acknowledged when the backend refuses it for good', async () => {
    const path = await leave();
    const heir = start();
    heir.exporter.answer = refused;
    await heir.processor.shutdown();
    expect(heir.exporter.requests).toBe(1);
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it('is tried again with a timer while the backend is away, and by the next process after that', async () => {
    await leave();
    const heir = start();
    heir.exporter.answer = away;
    await expect.poll(() => heir.exporter.requests, { timeout: 20_000 }).toBeGreaterThan(1);
    await heir.processor.shutdown();
    await kill();
    const next = start();
    await next.processor.shutdown();
    expect(next.exporter.taken).toHaveLength(3);
  });

  it('and is torn is read up to there', async () => {
    const whole = await readFile(await leave(), 'utf8');
    const cut = whole.slice(0, whole.lastIndexOf('["E"') - 30);
    await leave(cut);
    const heir = start();
    await heir.processor.shutdown();
    expect(heir.exporter.taken.length).toBeGreaterThanOrEqual(2);
  });

  it('in another version stays', async () => {
    const path = await leave('{"spanLinksJournal":2}\n["?"]\n');
    const heir = start();
    await heir.processor.shutdown();
    expect(heir.exporter.taken).toEqual([]);
    await expect(stat(path)).rejects.toThrow('ENOENT');
    const contents = await Promise.all((await files()).map((name) => readFile(join(folder(), name), 'utf8')));
    expect(contents.some((text) => text.startsWith('{"spanLinksJournal":2}'))).toBe(true);
  });

  it('and nobody takes for a week is given up', async () => {
    const path = await leave();
    const text = await readFile(path, 'utf8');
    const old = Date.now() - 8 * 24 * 3_600_000;
    await writeFile(path, text.replace(/"createdAtMs":\d+/, `"createdAtMs":${old}`));
    await utimes(path, new Date(), new Date(Date.now() - 120_000));
    const heir = start();
    heir.exporter.answer = away;
    await heir.processor.shutdown();
    expect(lines.join()).toContain('gives up spans with links that no backend has taken for a week: 3');
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });
});

describe('linkSafeProcessor', () => {
  it('says at once that it was given no exporter', () => {
    expect(() => linkSafeProcessor(undefined as never)).toThrow('pass a SpanExporter');
    expect(() => linkSafeProcessor({} as never)).toThrow('pass a SpanExporter');
  });

  it('replaces numbers that make no sense, with a line for each', async () => {
    const wrong = {
      maxQueueSize: -1,
      maxExportBatchSize: NaN,
      scheduleDelayMs: '5s',
      exportTimeoutMs: 2 ** 40,
    };
    const { exporter, processor, startSpan } = start(wrong as never);
    startSpan().end();
    await processor.shutdown();
    expect(exporter.taken).toHaveLength(1);
    // Journals of earlier tests may still write lines.
    const replaced = lines.filter((line) => line.includes('is not a whole number'));
    expect(replaced).toHaveLength(4);
    expect(replaced[0]).toBe('maxQueueSize: -1 is not a whole number from 1 to 2147483647; using 8192');
  });

  it.each([
    [
      'an exporter that throws',
      () => {
        throw new Error('\u001b[31mbroken');
      },
    ],
    ['an exporter that fails with anything', () => ({ code: 1, error: 'no' as never })],
  ])('never throws into the application: %s', async (_case, answer) => {
    const { exporter, processor, startSpan } = start();
    exporter.answer = answer;
    startSpan().end();
    await expect(processor.shutdown()).resolves.toBeUndefined();
    expect(lines.join()).not.toContain('\u001b');
  });

  it('never throws into the application: spans of no SDK', async () => {
    const { processor } = start();
    for (const odd of [undefined, null, {}, { links: [{}], spanContext: () => ({ traceFlags: 1 }) }]) {
      expect(() => processor.onStart(odd, QUIET_CONTEXT)).not.toThrow();
      expect(() => processor.onEnd(odd as never)).not.toThrow();
    }
    await processor.shutdown();
    expect(lines.length).toBeLessThanOrEqual(2);
  });

  it('never throws into the application: a redact function that throws', async () => {
    const redact = (): never => {
      throw new Error('cannot redact');
    };
    const { exporter, processor, startSpan } = start({ redact });
    startSpan().end();
    await processor.shutdown();
    expect(exporter.taken).toHaveLength(1);
    expect(processor.counters().journal.uncovered).toBeGreaterThan(0);
  });

  it('sends spans from the journal that its full queue has given up', async () => {
    const { exporter, processor, startSpan } = start({ maxQueueSize: 2, maxExportBatchSize: 2 });
    let isAway = true;
    exporter.answer = () => (isAway ? away() : { code: 0 });
    for (let span = 0; span < 5; span++) startSpan().end();
    expect(processor.counters().dropped.linkBearing).toBe(3);
    isAway = false;
    await processor.shutdown();
    await kill();
    const heir = start();
    await heir.processor.shutdown();
    const ids = new Set([...exporter.taken, ...heir.exporter.taken].map((span) => span.spanContext().spanId));
    expect(ids.size).toBe(5);
  });

  it('exports without being seen by instrumentations', () => {
    expect(isTracingSuppressed(QUIET_CONTEXT)).toBe(true);
  });
});

it('keeps an existing folder unchanged', async () => {
  await chmod(root, 0o755);
  const { processor, startSpan } = start();
  startSpan().end();
  await processor.shutdown();
  expect((await stat(root)).mode & 0o777).toBe(0o755);
});
