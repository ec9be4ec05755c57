import { context } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { endedRoot, endedSpan } from '../../test/sdk/ended-spans.ts';
import type { ExportCounters } from './export-counters.ts';
import { ExportError } from './export-failure.ts';
import type { ExportQueueOptions } from './export-queue-options.ts';
import { ExportQueue } from './export-queue.ts';
import { LeanContextManager } from './lean-context-manager.ts';
import { otelCore, sdkNode } from './packages.ts';
import type { EndedSpanExporter } from './span-pipeline.ts';

type Done = (result: { code: number; error?: Error }) => void;

/** An exporter whose exports end when the test decides. */
class HeldExporter implements SpanExporter {
  readonly exports: { readonly names: string[]; readonly done: Done }[] = [];
  suppressed: boolean[] = [];
  shutdowns = 0;
  finishing = false;

  export(spans: ReadableSpan[], done: Done): void {
    this.exports.push({ names: spans.map(({ name }) => name), done });
    this.suppressed.push(otelCore().isTracingSuppressed(context.active()));
  }

  finishUp(): void {
    this.finishing = true;
  }

  shutdown(): Promise<void> {
    this.shutdowns++;
    return Promise.resolve();
  }

  async answer(code = 0, error?: Error): Promise<void> {
    const pending = this.exports.splice(0);
    for (const { done } of pending) done({ code, ...(error !== undefined && { error }) });
    await settled();
  }
}

function unavailable(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}

function queueOf(options: Partial<ExportQueueOptions> = {}) {
  const exporter = new HeldExporter();
  const lines: string[] = [];
  const queue = new ExportQueue({
    exporter,
    destination: 'the backend',
    maxQueueSize: 100,
    maxExportBatchSize: 10,
    scheduleDelayMs: 60_000,
    exportTimeoutMs: 60_000,
    patienceMs: 60_000,
    log: (line) => lines.push(line),
    ...options,
  });
  const end = (count: number, name = 'ordinary'): void => {
    for (let index = 0; index < count; index++) queue.onEnd(endedSpan({ name }));
  };
  return { queue, exporter, lines, end };
}

describe('ExportQueue', () => {
  it('exports a full batch without waiting for the timer, but not inside of end()', async () => {
    const { exporter, end } = queueOf();
    end(10);
    expect(exporter.exports).toHaveLength(0);
    await settled();
    expect(exporter.exports.map(({ names }) => names.length)).toEqual([10]);
  });

  it('leaves the rest of a flood until the running export has ended', async () => {
    const { queue, exporter, end } = queueOf();
    end(25);
    await settled();
    expect(exporter.exports).toHaveLength(1);
    expect(queue.counters().queued).toBe(25);
    await exporter.answer();
    expect(exporter.exports.map(({ names }) => names.length)).toEqual([10]);
    await exporter.answer();
    expect(exporter.exports).toHaveLength(0);
    expect(queue.counters()).toMatchObject({ queued: 5, exported: 20 });
  });

  it('exports an incomplete batch after its delay', async () => {
    const { exporter, end } = queueOf({ scheduleDelayMs: 1 });
    end(3);
    await expect.poll(() => exporter.exports.map(({ names }) => names.length)).toEqual([3]);
  });

  it('forgets no span that ends while a full batch waits for the running export', async () => {
    const { queue, exporter, end } = queueOf({ scheduleDelayMs: 20 });
    end(20);
    await settled();
    // The timer of the first spans fires while their export runs.
    await new Promise((resolve) => setTimeout(resolve, 60));
    end(3, 'late');
    await exporter.answer();
    await exporter.answer();
    await expect.poll(() => exporter.exports.map(({ names }) => names)).toEqual([['late', 'late', 'late']]);
    await exporter.answer();
    expect(queue.counters()).toMatchObject({ queued: 0, exported: 23 });
  });

  it('splits by weight as well, so that no request comes near 4 MiB', async () => {
    const { queue, exporter } = queueOf({ maxExportBatchSize: 100, maxQueueSize: 200 });
    const text = 'x'.repeat(100_000);
    for (let index = 0; index < 30; index++)
      queue.onEnd(endedSpan({ attributes: { 'db.query.text': text } }));
    const flushed = queue.flush();
    const sizes: number[] = [];
    while (queue.counters().exported < 30) {
      await settled();
      sizes.push(...exporter.exports.map(({ names }) => names.length));
      await exporter.answer();
    }
    await expect(flushed).resolves.toBe(true);
    expect(sizes).toEqual([10, 10, 10]);
  });

  it('keeps the parent with links that ends after more children than fit', async () => {
    const { queue, exporter, lines, end } = queueOf();
    end(3_000);
    queue.onEnd(endedSpan({ name: 'process-batch', links: 100 }));
    const names: string[] = [];
    const flushed = queue.flush();
    while (queue.counters().queued > 0) {
      await settled();
      names.push(...exporter.exports.flatMap((held) => held.names));
      await exporter.answer();
    }
    await flushed;
    expect(names).toHaveLength(100);
    expect(names.at(-1)).toBe('process-batch');
    expect(queue.counters().dropped).toEqual({ ordinary: 2_901, linkBearing: 0 });
    expect(lines[0]).toContain('is slower than the spans come');
    expect(lines).toHaveLength(2);
  });

  it('does not take unsampled spans', () => {
    const { queue } = queueOf();
    const provider = new (sdkNode().tracing.BasicTracerProvider)({ spanProcessors: [queue] });
    const recorded = provider.getTracer('test').startSpan('recorded');
    recorded.spanContext().traceFlags = 0;
    recorded.end();
    expect(queue.counters().queued).toBe(0);
  });

  it('exports outside of the context that filled the batch, with tracing suppressed', async () => {
    const { exporter, end } = queueOf();
    context.setGlobalContextManager(new LeanContextManager());
    try {
      end(10);
      await settled();
    } finally {
      context.disable();
    }
    expect(exporter.suppressed).toEqual([true]);
  });

  it('counts failed exports, reports the first, and goes on with the next batch', async () => {
    const { queue, exporter, lines, end } = queueOf();
    end(30);
    await settled();
    await exporter.answer(1, Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    await exporter.answer(1, new Error('HTTP 503'));
    await exporter.answer(0);
    expect(queue.counters()).toMatchObject({ exported: 10, failed: { exports: 2, spans: 20 } });
    expect(lines).toEqual([
      'trace backend the backend takes no spans (ECONNREFUSED connect ECONNREFUSED); those without links are dropped until it does',
      'trace backend the backend takes spans again; 20 spans were dropped',
    ]);
  });

  it('keeps spans with links until the backend is back', async () => {
    const { queue, exporter, lines, end } = queueOf({ scheduleDelayMs: 10 });
    end(8);
    queue.onEnd(endedSpan({ name: 'process-batch', links: 2 }));
    end(1);
    await settled();
    await exporter.answer(1, unavailable());
    expect(queue.counters()).toMatchObject({ queued: 1, failed: { exports: 1, spans: 9 } });
    await expect.poll(() => exporter.exports.map(({ names }) => names)).toEqual([['process-batch']]);
    await exporter.answer(1, unavailable());
    await expect.poll(() => exporter.exports.map(({ names }) => names)).toEqual([['process-batch']]);
    await exporter.answer();
    expect(queue.counters()).toMatchObject({ queued: 0, exported: 1, failed: { exports: 2, spans: 9 } });
    expect(lines.at(-1)).toContain('9 spans were dropped');
  });

  it('does not retry in a tight loop while the backend is away', async () => {
    const { queue, exporter } = queueOf();
    for (let index = 0; index < 30; index++) queue.onEnd(endedSpan({ links: 1 }));
    await settled();
    await exporter.answer(1, unavailable());
    await exporter.answer(1, unavailable());
    expect(queue.counters()).toMatchObject({ queued: 30, failed: { exports: 1, spans: 0 } });
    await expect(queue.close(1)).resolves.toBe(false);
  });

  it('gives up a span with links when it has come back twenty times', async () => {
    const exporter: EndedSpanExporter = {
      export: (_spans, done) => done({ code: 1, error: unavailable() }),
      shutdown: () => Promise.resolve(),
    };
    const { queue } = queueOf({ exporter, scheduleDelayMs: 1 });
    queue.onEnd(endedSpan({ links: 1 }));
    await expect
      .poll(() => queue.counters(), { timeout: 10_000 })
      .toMatchObject({ queued: 0, failed: { exports: 21, spans: 1 } });
  });

  it('does not keep spans with links that the backend calls wrong', async () => {
    const { queue, exporter } = queueOf();
    for (let index = 0; index < 10; index++) queue.onEnd(endedSpan({ links: 1 }));
    await settled();
    await exporter.answer(
      1,
      new ExportError({ reason: 'HTTP 400 Bad Request', cause: '400', retryable: false }),
    );
    expect(queue.counters()).toMatchObject({ queued: 0, failed: { exports: 1, spans: 10 } });
  });

  it('counts spans as failed that the backend takes and then rejects', async () => {
    const exporter: EndedSpanExporter = {
      export: (_spans, done) => done({ code: 0, rejected: 4 }),
      shutdown: () => Promise.resolve(),
    };
    const { queue, end } = queueOf({ exporter });
    end(10);
    await expect(queue.flush()).resolves.toBe(false);
    expect(queue.counters()).toMatchObject({ exported: 6, failed: { exports: 0, spans: 4 } });
    expect([...queue.figures().failures.entries()]).toEqual([['rejected', 4]]);
  });

  it('gives up an export that gets no answer in time', async () => {
    const { queue, lines, end } = queueOf({ exportTimeoutMs: 1 });
    end(10);
    await expect.poll(() => queue.counters().failed).toEqual({ exports: 1, spans: 10 });
    expect(lines[0]).toContain('no answer within 1 ms');
  });

  it('survives an exporter that throws', async () => {
    const exporter: SpanExporter = {
      export() {
        throw new Error('broken exporter');
      },
      shutdown: () => Promise.reject(new Error('broken exporter')),
    };
    const { queue, lines, end } = queueOf({ exporter });
    end(10);
    await expect.poll(() => lines).toHaveLength(1);
    expect(lines[0]).toContain('broken exporter');
    await queue.shutdown();
  });

  describe('flush', () => {
    it('is over at once when nothing waits', async () => {
      await expect(queueOf().queue.flush()).resolves.toBe(true);
    });

    it('waits for running and waiting spans, not for spans that end later', async () => {
      const { queue, exporter, end } = queueOf();
      end(15);
      await settled();
      const flushed = queue.flush();
      await exporter.answer();
      end(3, 'later');
      expect(exporter.exports.flatMap(({ names }) => names)).toEqual(Array<string>(5).fill('ordinary'));
      await exporter.answer();
      await expect(flushed).resolves.toBe(true);
      expect(queue.counters().queued).toBe(3);
    });

    it('says when spans were lost', async () => {
      const { queue, exporter, end } = queueOf();
      end(3);
      const flushed = queue.flush();
      await settled();
      await exporter.answer(1);
      await expect(flushed).resolves.toBe(false);
    });

    it('does not wait for a backend that is away, and keeps spans with links', async () => {
      const { queue, exporter } = queueOf();
      for (let index = 0; index < 15; index++) queue.onEnd(endedSpan({ links: 1 }));
      const flushed = queue.flush(3_600_000);
      await settled();
      await exporter.answer(1, unavailable());
      await expect(flushed).resolves.toBe(false);
      expect(queue.counters().queued).toBe(15);
    });

    it('ends at its deadline when the backend hangs', async () => {
      const { queue, end } = queueOf();
      end(3);
      await expect(queue.flush(1)).resolves.toBe(false);
      expect(queue.counters().queued).toBe(3);
    });
  });

  describe('close', () => {
    it('sends the rest, tells the exporter to hurry, and takes nothing more', async () => {
      const { queue, exporter, end } = queueOf();
      end(3);
      const closed = queue.close();
      await settled();
      expect(exporter.finishing).toBe(true);
      await exporter.answer();
      await expect(closed).resolves.toBe(true);
      expect(exporter.shutdowns).toBe(1);
      queue.onEnd(endedSpan({ links: 1 }));
      end(2);
      expect(queue.counters()).toMatchObject({
        queued: 0,
        exported: 3,
        dropped: { ordinary: 2, linkBearing: 1 },
      });
    });

    it('drops and counts the spans that a hanging backend has not taken by the deadline', async () => {
      const { queue, exporter, lines, end } = queueOf();
      end(25);
      await settled();
      await expect(queue.close(1)).resolves.toBe(false);
      expect(lines).toEqual(['trace backend the backend did not take the last 25 spans in time']);
      expect(exporter.shutdowns).toBe(1);
      expect(queue.counters()).toMatchObject({ queued: 10, dropped: { ordinary: 15 } });
    });

    it('does nothing the second time', async () => {
      const { queue, exporter } = queueOf();
      await Promise.all([queue.close(), queue.shutdown()]);
      expect(exporter.shutdowns).toBe(1);
    });
  });

  describe('room', () => {
    it('makes a producer wait until the queue is shorter', async () => {
      const { queue, exporter, end } = queueOf();
      end(100);
      await settled();
      end(10);
      let passed = false;
      const waiting = queue.room(9).then(() => {
        passed = true;
      });
      await settled();
      expect(passed).toBe(false);
      await exporter.answer();
      expect(passed).toBe(true);
      await waiting;
    });

    it('lets a flood of any size through without a loss', async () => {
      const { queue, exporter, end } = queueOf();
      const answering = (async () => {
        while (queue.counters().exported < 5_000) await exporter.answer();
      })();
      for (let chunk = 0; chunk < 100; chunk++) {
        await queue.room(50);
        end(50);
      }
      await queue.flush();
      await answering;
      expect(queue.counters()).toMatchObject({ exported: 5_000, dropped: { ordinary: 0, linkBearing: 0 } });
    });

    it('is granted to many simultaneous producers without a loss', async () => {
      const { queue, exporter, end } = queueOf();
      const answering = (async () => {
        const over = ({ exported, dropped }: ExportCounters): number => exported + dropped.ordinary;
        while (over(queue.counters()) < 400) await exporter.answer();
      })();
      const produce = async (): Promise<void> => {
        await queue.room(20);
        end(20);
      };
      await Promise.all(Array.from({ length: 20 }, produce));
      await queue.flush();
      await answering;
      expect(queue.counters().dropped).toEqual({ ordinary: 0, linkBearing: 0 });
    });

    it('sends an incomplete batch early if that makes room', async () => {
      const { queue, exporter, end } = queueOf();
      end(5);
      const waiting = queue.room(97);
      await settled();
      expect(exporter.exports.map(({ names }) => names.length)).toEqual([5]);
      await waiting;
    });

    it('keeps a reserve for spans that end beside those of the producer', async () => {
      const { queue, exporter, end } = queueOf({ maxQueueSize: 640 });
      end(600);
      await settled();
      let passed = false;
      // 10 of the 600 are on their way: 50 places are left, and 10 of them are reserved.
      void queue.room(41).then(() => (passed = true));
      await settled();
      expect(passed).toBe(false);
      await exporter.answer();
      expect(passed).toBe(true);
    });

    it('does not wait for a backend that has just failed', async () => {
      const { queue, exporter, end } = queueOf();
      end(100);
      await settled();
      end(10);
      const waiting = queue.room(100);
      await exporter.answer(1);
      await waiting;
      end(100);
      await queue.room(100);
    });

    it('never waits for more than the whole queue', async () => {
      await queueOf().queue.room(1_000_000);
    });
  });

  it('holds roots and spans with links at a dead backend, in bounded memory', async () => {
    const { queue, end } = queueOf({ maxQueueSize: 20 });
    end(500);
    for (let index = 0; index < 10; index++) queue.onEnd(endedRoot());
    for (let index = 0; index < 15; index++) queue.onEnd(endedSpan({ links: 3 }));
    end(500);
    await settled();
    expect(queue.counters().queued).toBeLessThanOrEqual(30);
    expect(queue.counters().dropped.linkBearing).toBe(0);
  });
});
