import { linkLimitFrom } from './config.ts';
import { NO_COUNTERS, type ExportCounters } from './export-counters.ts';

/** The running tracing of this process. Nothing here throws or rejects. */
export interface Tracing {
  /** False with OTEL_SDK_DISABLED=true, and if the SDK could not be started. */
  readonly enabled: boolean;
  /** The most links that a span keeps; the SDK silently drops the oldest beyond it. */
  readonly linkLimit: number;
  /** The outcomes of the spans so far, over all exporters with a queue. */
  counters(): ExportCounters;
  /** See {@link exportRoom}. */
  exportRoom(spans?: number): Promise<void>;
  /** See {@link flushTracing}. */
  flush(deadlineMs?: number): Promise<boolean>;
  /** See {@link stopTracing}. */
  stop(deadlineMs?: number): Promise<boolean>;
}

/** On the global object, so that a second copy of this library in one process does not patch or export again. */
const RUNNING = Symbol.for('span-links.tracing');
const registry = globalThis as { [RUNNING]?: Tracing };

/** The stand-in when tracing does not run. */
export function noTracing(linkLimit: number): Tracing {
  return {
    enabled: false,
    linkLimit,
    counters: () => NO_COUNTERS,
    exportRoom: () => Promise.resolve(),
    flush: () => Promise.resolve(true),
    stop: () => Promise.resolve(true),
  };
}

export function runningTracing(): Tracing | undefined {
  return registry[RUNNING];
}

export function setRunningTracing(tracing: Tracing): void {
  registry[RUNNING] = tracing;
}

/**
 * Sends the spans that have ended so far, within `deadlineMs` milliseconds (3,000 by default).
 *
 * @returns whether the backends took every span in time; true when tracing is off.
 */
export function flushTracing(deadlineMs?: number): Promise<boolean> {
  return runningTracing()?.flush(deadlineMs) ?? Promise.resolve(true);
}

/**
 * Flushes and shuts tracing down, within `deadlineMs` milliseconds (3,000 by default). Call it in the application's own
 * shutdown, after its last span. Spans that end later are dropped; a second call does nothing.
 *
 * @returns whether the backends took every span in time; true when tracing is off.
 */
export function stopTracing(deadlineMs?: number): Promise<boolean> {
  return runningTracing()?.stop(deadlineMs) ?? Promise.resolve(true);
}

/**
 * Backpressure for code that ends many spans: await it before ending about `spans` spans in a row. Resolves at once
 * while the export queue has room, otherwise when it has room again, and after 250 ms in any case. After such a timeout
 * it resolves at once until an export has succeeded. So a dead or slow backend costs spans, not time. Never rejects.
 */
export function exportRoom(spans?: number): Promise<void> {
  return runningTracing()?.exportRoom(spans) ?? Promise.resolve();
}

/** The outcomes of the spans of this process so far; all zero when tracing is off. */
export function exportCounters(): ExportCounters {
  return runningTracing()?.counters() ?? NO_COUNTERS;
}

/**
 * The maximum of links on a span in this process: OTEL_SPAN_LINK_COUNT_LIMIT, or 128. If you have more links, spread
 * them over several spans. Works without tracing, too.
 */
export function spanLinkLimit(): number {
  return runningTracing()?.linkLimit ?? linkLimitFrom();
}
