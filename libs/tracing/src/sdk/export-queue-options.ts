import { printableText } from './printable-text.ts';
import type { EndedSpan, EndedSpanExporter } from './span-pipeline.ts';

export interface ExportQueueOptions {
  readonly exporter: EndedSpanExporter;
  /** The backend's name in the log, without credentials. By default the class of the exporter. */
  readonly destination?: string;
  /** Maximum of waiting spans; 8,192. */
  readonly maxQueueSize?: number;
  /** Spans in one export; 512. */
  readonly maxExportBatchSize?: number;
  /** Maximum of milliseconds that a span waits for others to share a request; 5,000. */
  readonly scheduleDelayMs?: number;
  /** Milliseconds until an export counts as failed; 30,000. */
  readonly exportTimeoutMs?: number;
  /** Exports at once; 1. */
  readonly concurrency?: number;
  /** Maximum of milliseconds that `room` waits; 250. */
  readonly patienceMs?: number;
  /** Receives a line for each outage and recovery. Writes to standard error by default. */
  readonly log?: (line: string) => void;
  /** Called with spans that the backend has taken, or has finally refused. */
  readonly settled?: (spans: readonly EndedSpan[]) => void;
  /** Called with spans that the queue has dropped without an answer of the backend. */
  readonly lost?: (spans: readonly EndedSpan[]) => void;
}

/**
 * Four times the specification's default: a batch of some thousand orders ends 8,192 spans before the event loop gets
 * its next turn. Costs 10 MB while it is full (heap, 9 attributes a span, 2026-11-22).
 */
export const QUEUE_DEFAULTS = {
  maxQueueSize: 8_192,
  maxExportBatchSize: 512,
  scheduleDelayMs: 5_000,
  exportTimeoutMs: 30_000,
  concurrency: 1,
  patienceMs: 250,
};

type NumberName = keyof typeof QUEUE_DEFAULTS;

/** The limit of a Node.js timer; a longer one would fire at once. */
const MAX_NUMBER = 2 ** 31 - 1;

/**
 * Fills in the defaults. A number that makes no sense costs one log line and is replaced by its default: a queue that
 * throws would throw in `span.end()`.
 *
 * @throws {TypeError} if the exporter is none. The queue cannot work without one, and the start of an application is
 *   the time to report it.
 */
export function withDefaults(given: ExportQueueOptions): Required<ExportQueueOptions> {
  const exporter = given?.exporter as EndedSpanExporter | undefined;
  if (typeof exporter?.export !== 'function') {
    throw new TypeError(
      'the exporter has no function export: pass a SpanExporter, such as new OTLPTraceExporter()',
    );
  }
  const log = typeof given.log === 'function' ? given.log : logToStandardError;
  return {
    ...Object.fromEntries(
      (Object.keys(QUEUE_DEFAULTS) as NumberName[]).map((name) => [name, numberFrom(name, given[name], log)]),
    ),
    exporter,
    destination: printableText(given.destination ?? exporter.constructor.name),
    log,
    settled: given.settled ?? (() => {}),
    lost: given.lost ?? (() => {}),
  } as Required<ExportQueueOptions>;
}

export function logToStandardError(line: string): void {
  process.stderr.write(`tracing: ${line}\n`);
}

function numberFrom(name: NumberName, given: unknown, log: (line: string) => void): number {
  if (given === undefined) return QUEUE_DEFAULTS[name];
  if (Number.isInteger(given) && (given as number) >= 1 && (given as number) <= MAX_NUMBER)
    return given as number;
  log(
    `${name}: ${nameOf(given)} is not a whole number from 1 to ${MAX_NUMBER}; using ${QUEUE_DEFAULTS[name]}`,
  );
  return QUEUE_DEFAULTS[name];
}

function nameOf(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string'
    ? printableText(String(value))
    : `a ${typeof value}`;
}
