import { TraceFlags } from '@opentelemetry/api';
import { overWithin } from './deadline.ts';
import { NO_COUNTERS, type ExportCounters, type ExportFigures } from './export-counters.ts';
import { FailureCauses, type ExportFailure } from './export-failure.ts';
import { ExportHealth } from './export-health.ts';
import { withDefaults, type ExportQueueOptions } from './export-queue-options.ts';
import { ExportRoom } from './export-room.ts';
import { handOver } from './hand-over.ts';
import { SpanBacklog, bearsLinks, type DroppedSpans } from './span-backlog.ts';
import type { EndedSpan, EndedSpanProcessor } from './span-pipeline.ts';

/** The default time limit of a flush or a stop: a dead backend must not make Ctrl-C slow. */
export const DEFAULT_DEADLINE_MS = 3_000;

/**
 * A request stays far below the 4 MiB that gRPC receivers accept by default. 512 ordinary spans are about 250 KB, so
 * this limit only matters for spans with many links (13 KB at 128 links) and long statements.
 */
const MAX_REQUEST_BYTES = 1024 * 1024;

/**
 * Reached before the span limit when many spans have links: a link takes 1 KB on the heap, ten times its encoded size,
 * so a queue full of 128-link spans holds 90 MB, one full of 8,192 ordinary spans 10 MB (2026-11-22).
 */
const MAX_QUEUE_BYTES = 8 * 1024 * 1024;

/**
 * How often a span with links is tried again: for at least five minutes by default, with 10 s of attempts and 5 s of
 * rest. Not for ever, because an apparent outage may be a proxy that cuts off every sender of this one span.
 */
const MAX_COMEBACKS = 20;

/**
 * Owns the ended spans from `end()` to the backend's answer. Replaces BatchSpanProcessor, whose full queue refuses the
 * newest span, which is the one with links. When the backend is away, spans with links return to the queue, a limited
 * number of times and as long as there is room for them. Never throws, never blocks, and keeps no process alive by
 * waiting for more spans.
 */
export class ExportQueue implements EndedSpanProcessor {
  readonly #options: Required<ExportQueueOptions>;
  readonly #batchSize: number;
  readonly #backlog: SpanBacklog;
  readonly #health: ExportHealth;
  readonly #room: ExportRoom;
  readonly #underWay = new Set<Promise<void>>();
  readonly #failures = new FailureCauses();
  readonly #comebacks = new WeakMap<EndedSpan, number>();
  #spansUnderWay = 0;
  #exported = 0;
  #failedExports = 0;
  #failedSpans = 0;
  /** Spans that arrived before this position leave even in an incomplete batch. */
  #leaveBefore = 0;
  #timer: NodeJS.Timeout | undefined;
  #wakeUp: NodeJS.Immediate | undefined;
  #rest: NodeJS.Timeout | undefined;
  #closed = false;
  #droppedBeforeClose: Readonly<DroppedSpans> | undefined;

  constructor(given: ExportQueueOptions) {
    const options = withDefaults(given);
    this.#options = options;
    this.#batchSize = Math.min(options.maxExportBatchSize, options.maxQueueSize);
    this.#backlog = new SpanBacklog({ spans: options.maxQueueSize, bytes: MAX_QUEUE_BYTES });
    this.#health = new ExportHealth(options.destination, options.log);
    const { maxQueueSize } = options;
    this.#room = new ExportRoom(
      (spans, promised) =>
        this.#backlog.hasRoomFor(promised + Math.min(spans + reserveOf(maxQueueSize), maxQueueSize)),
      options.patienceMs,
    );
  }

  onStart(): void {}

  onEnd(span: EndedSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.#closed) {
      this.#backlog.refuse(span);
      return;
    }
    const droppedBefore = this.#backlog.dropped.linkBearing;
    if (!this.#backlog.admit(span)) this.#health.spanDropped(performance.now());
    if (this.#backlog.dropped.linkBearing > droppedBefore) this.#options.lost([span]);
    this.#setTimer();
    if (this.#batchIsFull()) this.#wake();
  }

  counters(): ExportCounters {
    return {
      ...NO_COUNTERS,
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
      journal: NO_COUNTERS.journal,
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

  /** Resolves when `spans` more spans fit, or when waiting has become pointless. Never rejects. */
  room(spans = 1): Promise<void> {
    const passed = this.#room.wait(spans);
    if (this.#room.isWaitedFor) {
      // Otherwise an incomplete batch would stay until its timer fires, long after the patience is over.
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

  /**
   * {@link flush}, and the queue takes no more spans. Spans that are not sent by the deadline are dropped and counted.
   */
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
    // Not awaited: an exporter waits here for its own requests, and with a hanging backend those never end.
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

  /** Also while a full batch waits: the spans left after it may be the last for hours. */
  #setTimer(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#leaveBefore = this.#backlog.end;
      this.#send();
    }, this.#options.scheduleDelayMs).unref();
  }

  /** Deferred: the application called `end()`, and encoding 512 spans takes milliseconds. */
  #wake(): void {
    this.#wakeUp ??= setImmediate(() => {
      this.#wakeUp = undefined;
      this.#send();
    });
  }

  #send(): void {
    while (
      this.#rest === undefined &&
      this.#underWay.size < this.#options.concurrency &&
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
    const outcome = await handOver(spans, exporter, exportTimeoutMs);
    this.#spansUnderWay -= spans.length;
    if (outcome.taken) this.#succeeded(spans, outcome.rejected);
    else this.#failed(spans, outcome.failure);
  }

  #succeeded(spans: EndedSpan[], rejected: number): void {
    this.#options.settled(spans);
    this.#exported += spans.length - rejected;
    this.#failedSpans += rejected;
    if (rejected > 0) this.#failures.add('rejected', rejected);
    this.#room.exportSucceeded();
    this.#health.exportSucceeded(this.#backlog.size < this.#batchSize);
  }

  #failed(spans: EndedSpan[], failure: ExportFailure): void {
    const { reason, cause, retryable, isUnanswered = false, retryAfterMs } = failure;
    if (!retryable && !isUnanswered) this.#options.settled(spans);
    const kept = retryable && !this.#closed ? spans.filter((span) => this.#mayComeBack(span, failure)) : [];
    const lost = spans.filter((span) => !kept.includes(span));
    for (const span of kept) if (!this.#backlog.admit(span)) lost.push(span);
    this.#options.lost(lost);
    this.#failedExports++;
    this.#failedSpans += spans.length - kept.length;
    this.#failures.add(cause, spans.length);
    this.#room.giveUp();
    this.#health.exportFailed(spans.length - kept.length, reason);
    if (retryAfterMs !== undefined) this.#startRest(retryAfterMs);
    else if (kept.length > 0) this.#startRest(this.#options.scheduleDelayMs);
  }

  #mayComeBack(span: EndedSpan, { retryAfterMs }: ExportFailure): boolean {
    if (!bearsLinks(span)) return false;
    // A backend that names a retry time is alive, and counts as asked again only then.
    if (retryAfterMs !== undefined) return true;
    const comebacks = this.#comebacks.get(span) ?? 0;
    this.#comebacks.set(span, comebacks + 1);
    return comebacks < MAX_COMEBACKS;
  }

  /** Returned spans must not loop at a backend that refuses them at once. */
  #startRest(ms: number): void {
    this.#rest ??= setTimeout(() => {
      this.#endRest();
      this.#send();
    }, ms).unref();
    this.#setTimer();
  }

  #endRest(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
  }
}

/**
 * Room is granted only with this much to spare, for other spans that end beside those of the producer: its queries, its
 * parents. Without it, 1 of 100,810 spans of a batch job was dropped.
 */
function reserveOf(maxQueueSize: number): number {
  return Math.floor(maxQueueSize / 64);
}
