import { ROOT_CONTEXT, TraceFlags, type Context } from '@opentelemetry/api';
import { overWithin } from './deadline.ts';
import type { ExportCounters, ExportFigures } from './export-counters.ts';
import { FailureCauses, type ExportFailure } from './export-failure.ts';
import { ExportHealth } from './export-health.ts';
import { ExportRoom } from './export-room.ts';
import { handOver } from './hand-over.ts';
import { otelCore } from './packages.ts';
import { SpanBacklog, bearsLinks, type DroppedSpans } from './span-backlog.ts';
import type { EndedSpan, EndedSpanExporter, EndedSpanProcessor } from './span-pipeline.ts';

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

/**
 * How often a link-bearing span is tried again: for five minutes at least by default, with 10 s of attempts and 5 s of rest.
 * Not for ever, since what looks like an outage may be a proxy that cuts off whoever sends this one span.
 */
const MAX_COMEBACKS = 20;

export interface ExportQueueOptions {
  readonly exporter: EndedSpanExporter;
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
 * refuses the newest span, which is the link-bearing one. When the backend is away, spans that bear links come back into
 * the queue, a number of times and as long as there is room for them. Never throws, never blocks, and keeps no process alive by waiting for
 * company.
 */
export class ExportQueue implements EndedSpanProcessor {
  readonly #options: ExportQueueOptions;
  readonly #concurrency: number;
  readonly #batchSize: number;
  readonly #backlog: SpanBacklog;
  readonly #health: ExportHealth;
  readonly #room: ExportRoom;
  /** Exports run here: not in the request that happened to fill the batch, and unseen by the http instrumentation. */
  readonly #quietContext: Context;
  readonly #underWay = new Set<Promise<void>>();
  readonly #failures = new FailureCauses();
  readonly #comebacks = new WeakMap<EndedSpan, number>();
  #spansUnderWay = 0;
  #exported = 0;
  #failedExports = 0;
  #failedSpans = 0;
  /** What arrived before this position leaves even in a batch that is not full. */
  #leaveBefore = 0;
  #timer: NodeJS.Timeout | undefined;
  #wakeUp: NodeJS.Immediate | undefined;
  #rest: NodeJS.Timeout | undefined;
  #closed = false;
  #droppedBeforeClose: Readonly<DroppedSpans> | undefined;

  constructor(options: ExportQueueOptions) {
    this.#options = options;
    this.#concurrency = options.concurrency ?? 1;
    this.#batchSize = Math.min(options.maxExportBatchSize, options.maxQueueSize);
    this.#backlog = new SpanBacklog({ spans: options.maxQueueSize, bytes: MAX_QUEUE_BYTES });
    this.#health = new ExportHealth(options.destination, options.log);
    const { maxQueueSize } = options;
    this.#room = new ExportRoom(
      (spans, promised) =>
        this.#backlog.hasRoomFor(promised + Math.min(spans + reserveOf(maxQueueSize), maxQueueSize)),
      options.patienceMs ?? DEFAULT_PATIENCE_MS,
    );
    this.#quietContext = otelCore().suppressTracing(ROOT_CONTEXT);
  }

  onStart(): void {}

  onEnd(span: EndedSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.#closed) {
      this.#backlog.refuse(span);
      return;
    }
    if (!this.#backlog.admit(span)) this.#health.spanDropped(performance.now());
    this.#setTimer();
    if (this.#batchIsFull()) this.#wake();
  }

  counters(): ExportCounters {
    return {
      queued: this.#backlog.size + this.#spansUnderWay,
      exported: this.#exported,
      dropped: { ...this.#backlog.dropped },
      failed: { exports: this.#failedExports, spans: this.#failedSpans },
    };
  }

  figures(): ExportFigures {
    const { dropped } = this.#backlog;
    const before = this.#droppedBeforeClose ?? dropped;
    return {
      capacity: this.#options.maxQueueSize,
      waiting: this.#backlog.size,
      underWay: this.#spansUnderWay,
      exported: this.#exported,
      failures: this.#failures,
      failed: this.#failedSpans,
      dropped,
      droppedAtClose: {
        ordinary: dropped.ordinary - before.ordinary,
        linkBearing: dropped.linkBearing - before.linkBearing,
      },
    };
  }

  /** Resolves when `spans` more spans fit, or when waiting for that has lost its sense. Never rejects. */
  room(spans = 1): Promise<void> {
    const passed = this.#room.wait(spans);
    if (this.#room.isWaitedFor) {
      // An incomplete batch would otherwise sit there until its time has come, long after patience is over.
      this.#leaveBefore = this.#backlog.end;
      this.#wake();
    }
    return passed;
  }

  /**
   * Sends what has ended so far. Resolves to true if the backend took all of it within `deadlineMs` milliseconds.
   */
  async flush(deadlineMs = DEFAULT_DEADLINE_MS): Promise<boolean> {
    const failuresBefore = this.#failedExports + this.#failedSpans;
    const end = this.#backlog.end;
    const inTime = await overWithin(this.#sendBefore(end, performance.now() + deadlineMs), deadlineMs);
    const failures = this.#failedExports + this.#failedSpans;
    return inTime && !this.#backlog.holdsBefore(end) && failures === failuresBefore;
  }

  /** {@link flush} under the name that the SDK knows. */
  async forceFlush(): Promise<void> {
    await this.flush();
  }

  /** {@link flush}, and no span is taken any more. What is not sent by the deadline is dropped, and counted. */
  async close(deadlineMs = DEFAULT_DEADLINE_MS): Promise<boolean> {
    if (this.#closed) return this.#backlog.size === 0;
    this.#closed = true;
    this.#droppedBeforeClose = { ...this.#backlog.dropped };
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
    this.#endRest();
    this.#send();
    while (this.#underWay.size > 0 && this.#backlog.holdsBefore(end) && performance.now() < giveUpAtMs) {
      await Promise.race(this.#underWay);
    }
    await Promise.all(this.#underWay);
  }

  /** Also while a full batch waits: what is left when that has gone may be all that comes for hours. */
  #setTimer(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#leaveBefore = this.#backlog.end;
      this.#send();
    }, this.#options.scheduleDelayMs).unref();
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
      this.#rest === undefined &&
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

  async #export(spans: EndedSpan[]): Promise<void> {
    this.#spansUnderWay += spans.length;
    const { exporter, exportTimeoutMs } = this.#options;
    const outcome = await handOver(spans, exporter, this.#quietContext, exportTimeoutMs);
    this.#spansUnderWay -= spans.length;
    if (outcome.taken) this.#succeeded(spans.length, outcome.rejected);
    else this.#failed(spans, outcome.failure);
  }

  #succeeded(spans: number, rejected: number): void {
    this.#exported += spans - rejected;
    this.#failedSpans += rejected;
    if (rejected > 0) this.#failures.add('rejected', rejected);
    this.#room.exportSucceeded();
    this.#health.exportSucceeded(this.#backlog.size < this.#batchSize);
  }

  #failed(spans: EndedSpan[], { reason, cause, retryable }: ExportFailure): void {
    const kept = retryable && !this.#closed ? spans.filter((span) => this.#mayComeBack(span)) : [];
    for (const span of kept) this.#backlog.admit(span);
    this.#failedExports++;
    this.#failedSpans += spans.length - kept.length;
    this.#failures.add(cause, spans.length);
    this.#room.giveUp();
    this.#health.exportFailed(spans.length - kept.length, reason);
    if (kept.length > 0) this.#startRest();
  }

  #mayComeBack(span: EndedSpan): boolean {
    const comebacks = this.#comebacks.get(span) ?? 0;
    if (!bearsLinks(span) || comebacks >= MAX_COMEBACKS) return false;
    this.#comebacks.set(span, comebacks + 1);
    return true;
  }

  /** Spans that have come back must not go round in circles at a backend that refuses them at once. */
  #startRest(): void {
    this.#rest ??= setTimeout(() => {
      this.#endRest();
      this.#send();
    }, this.#options.scheduleDelayMs).unref();
    this.#setTimer();
  }

  #endRest(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
  }
}

/**
 * Room is granted only with this much to spare, for the spans that end beside those of the producer who asked: its queries,
 * its parents. Without it, 1 of 100,810 spans of a batch job was dropped.
 */
function reserveOf(maxQueueSize: number): number {
  return Math.floor(maxQueueSize / 64);
}
