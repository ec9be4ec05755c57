import { ROOT_CONTEXT, TraceFlags, context, type Context } from '@opentelemetry/api';
import type { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { overWithin } from './deadline.ts';
import { ExportHealth } from './export-health.ts';
import { ExportRoom } from './export-room.ts';
import { otelCore } from './packages.ts';
import { SpanBacklog, type DroppedSpans } from './span-backlog.ts';

/** Time a flush or a stop may take when nobody says otherwise: a dead backend must not make Ctrl-C slow. */
export const DEFAULT_DEADLINE_MS = 3_000;

/**
 * A request stays far below the 4 MiB that gRPC receivers take by default: 512 ordinary spans are about 250 KB, so this
 * bites for link-bearing spans (13 KB at 128 links) and long statements only.
 */
const MAX_REQUEST_BYTES = 1024 * 1024;

/**
 * Bites before the number of spans does when many carry links: on the heap a link takes 1 KB, ten times its encoded
 * size, so that a queue full of 128-link spans holds 90 MB, one full of 8,192 ordinary spans 10 MB (2026-11-22).
 */
const MAX_QUEUE_BYTES = 8 * 1024 * 1024;

const DEFAULT_PATIENCE_MS = 250;

/** What has become of the spans that were given to a queue. */
export interface ExportCounters {
  /** Spans that wait, or are on their way. */
  readonly queued: number;
  /** Spans that the backend took. */
  readonly exported: number;
  /** Spans that the full (or closed) queue gave up, by what they were; local roots without links are ordinary. */
  readonly dropped: Readonly<DroppedSpans>;
  /** Exports that failed for good, and the spans lost with them. */
  readonly failed: { readonly exports: number; readonly spans: number };
}

export interface ExportQueueOptions {
  /** `finishUp` is called when the queue closes, before its last exports: no more patience with failures. */
  readonly exporter: SpanExporter & { finishUp?(): void };
  /** The backend, as it is to be called in the log; no credentials. */
  readonly destination: string;
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  /** Milliseconds a span waits at most for others to travel with. */
  readonly scheduleDelayMs: number;
  /** Milliseconds until an export counts as failed. */
  readonly exportTimeoutMs: number;
  /** Exports under way at once. */
  readonly concurrency?: number;
  /** Milliseconds that `room` waits at most. */
  readonly patienceMs?: number;
  readonly log: (line: string) => void;
}

/**
 * Owns the ended spans from `end()` to the backend's answer. Takes the place of BatchSpanProcessor, whose full queue
 * refuses the newest span, which is the link-bearing one. Never throws, never blocks, and keeps no process alive by
 * waiting for company.
 */
export class ExportQueue implements SpanProcessor {
  readonly #options: ExportQueueOptions;
  readonly #concurrency: number;
  readonly #batchSize: number;
  readonly #backlog: SpanBacklog;
  readonly #health: ExportHealth;
  readonly #room: ExportRoom;
  /** Exports run here: not in the request that happened to fill the batch, and unseen by the http instrumentation. */
  readonly #quietContext: Context;
  readonly #success: ExportResultCode;
  readonly #underWay = new Set<Promise<void>>();
  #spansUnderWay = 0;
  #exported = 0;
  #failedExports = 0;
  #failedSpans = 0;
  /** What arrived before this position leaves even in a batch that is not full. */
  #leaveBefore = 0;
  #timer: NodeJS.Timeout | undefined;
  #wakeUp: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(options: ExportQueueOptions) {
    this.#options = options;
    this.#concurrency = options.concurrency ?? 1;
    this.#batchSize = Math.min(options.maxExportBatchSize, options.maxQueueSize);
    this.#backlog = new SpanBacklog({ spans: options.maxQueueSize, bytes: MAX_QUEUE_BYTES });
    this.#health = new ExportHealth(options.destination, options.log);
    this.#room = new ExportRoom(
      (spans) =>
        this.#backlog.hasRoomFor(Math.min(spans + reserveOf(options.maxQueueSize), options.maxQueueSize)),
      options.patienceMs ?? DEFAULT_PATIENCE_MS,
    );
    const core = otelCore();
    this.#quietContext = core.suppressTracing(ROOT_CONTEXT);
    this.#success = core.ExportResultCode.SUCCESS;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.#closed) {
      this.#backlog.refuse(span);
      return;
    }
    if (!this.#backlog.admit(span)) this.#health.spanDropped(performance.now());
    if (this.#batchIsFull()) this.#wake();
    else this.#timer ??= setTimeout(() => this.#leaveNow(), this.#options.scheduleDelayMs).unref();
  }

  counters(): ExportCounters {
    return {
      queued: this.#backlog.size + this.#spansUnderWay,
      exported: this.#exported,
      dropped: { ...this.#backlog.dropped },
      failed: { exports: this.#failedExports, spans: this.#failedSpans },
    };
  }

  /** Resolves when `spans` more spans fit, or when waiting for that has lost its sense. Never rejects. */
  room(spans = 1): Promise<void> {
    return this.#room.wait(spans);
  }

  /**
   * Sends what has ended so far. Resolves to true if the backend took all of it within `deadlineMs` milliseconds.
   */
  async flush(deadlineMs = DEFAULT_DEADLINE_MS): Promise<boolean> {
    const failedBefore = this.#failedSpans;
    const end = this.#backlog.end;
    const inTime = await overWithin(this.#sendBefore(end, performance.now() + deadlineMs), deadlineMs);
    return inTime && !this.#backlog.holdsBefore(end) && this.#failedSpans === failedBefore;
  }

  /** {@link flush} under the name that the SDK knows. */
  async forceFlush(): Promise<void> {
    await this.flush();
  }

  /** {@link flush}, and no span is taken any more. What is not sent by the deadline is dropped, and counted. */
  async close(deadlineMs = DEFAULT_DEADLINE_MS): Promise<boolean> {
    if (this.#closed) return this.#backlog.size === 0;
    this.#closed = true;
    this.#room.giveUp();
    this.#options.exporter.finishUp?.();
    const complete = await this.flush(deadlineMs);
    clearTimeout(this.#timer);
    clearImmediate(this.#wakeUp);
    this.#health.abandoned(this.#backlog.size + this.#spansUnderWay);
    this.#backlog.clear();
    // Not awaited: an exporter waits here for its own requests, and a hanging backend never ends those.
    Promise.resolve(this.#options.exporter.shutdown()).catch(() => {});
    return complete;
  }

  /** {@link close} under the name that the SDK knows. */
  async shutdown(): Promise<void> {
    await this.close();
  }

  #batchIsFull(): boolean {
    return this.#backlog.size >= this.#batchSize || this.#backlog.bytes >= MAX_REQUEST_BYTES;
  }

  async #sendBefore(end: number, giveUpAtMs: number): Promise<void> {
    this.#leaveBefore = Math.max(this.#leaveBefore, end);
    this.#send();
    while (this.#backlog.holdsBefore(end) && performance.now() < giveUpAtMs) {
      await Promise.race(this.#underWay);
    }
    await Promise.all(this.#underWay);
  }

  #leaveNow(): void {
    this.#timer = undefined;
    this.#leaveBefore = this.#backlog.end;
    this.#send();
  }

  /** Not at once: `end()` was called by the application, and encoding 512 spans takes milliseconds. */
  #wake(): void {
    this.#wakeUp ??= setImmediate(() => {
      this.#wakeUp = undefined;
      this.#send();
    });
  }

  #send(): void {
    while (
      this.#underWay.size < this.#concurrency &&
      (this.#batchIsFull() || this.#backlog.holdsBefore(this.#leaveBefore))
    ) {
      const spans = this.#backlog.take(this.#batchSize, MAX_REQUEST_BYTES);
      const sending: Promise<void> = this.#export(spans).finally(() => {
        this.#underWay.delete(sending);
        this.#send();
      });
      this.#underWay.add(sending);
    }
    this.#room.grew();
  }

  async #export(spans: ReadableSpan[]): Promise<void> {
    this.#spansUnderWay += spans.length;
    const failure = await this.#handOver(spans);
    this.#spansUnderWay -= spans.length;
    if (failure === undefined) {
      this.#exported += spans.length;
      this.#room.exportSucceeded();
      this.#health.exportSucceeded(this.#backlog.size < this.#batchSize);
    } else {
      this.#failedExports++;
      this.#failedSpans += spans.length;
      this.#room.giveUp();
      this.#health.exportFailed(spans.length, failure);
    }
  }

  /** Resolves to the reason of a failure. */
  async #handOver(spans: ReadableSpan[]): Promise<string | undefined> {
    // Detectors such as the host's ask the system; the resource is the same for every span of a provider.
    const resource = spans[0]?.resource;
    if (resource?.asyncAttributesPending === true) await resource.waitForAsyncAttributes?.().catch(() => {});
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => resolve(`no answer within ${this.#options.exportTimeoutMs} ms`),
        this.#options.exportTimeoutMs,
      ).unref();
      const settle = (failure?: string): void => {
        clearTimeout(timer);
        resolve(failure);
      };
      try {
        context.with(this.#quietContext, () => {
          this.#options.exporter.export(spans, (result) => {
            settle(result.code === this.#success ? undefined : reasonOf(result.error));
          });
        });
      } catch (error) {
        settle(reasonOf(error));
      }
    });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'export failed';
  const code = 'code' in error ? String(error.code) : '';
  return [code, error.message].filter((part) => part !== '').join(' ') || error.name;
}

/**
 * Room is granted only with this much to spare, for the spans that end beside those of the producer who asked: its queries,
 * its parents. Without it, 1 of 100,810 spans of a batch job was dropped.
 */
function reserveOf(maxQueueSize: number): number {
  return Math.floor(maxQueueSize / 64);
}
