import { TraceFlags } from '@opentelemetry/api';
import { readProcessorConfig, type ProcessorConfig } from './config.ts';
import { overWithin } from './deadline.ts';
import type { ExportCounters, ExportFigures } from './export-counters.ts';
import { withDefaults, logToStandardError, type ExportQueueOptions } from './export-queue-options.ts';
import { DEFAULT_DEADLINE_MS, ExportQueue } from './export-queue.ts';
import { handOver } from './hand-over.ts';
import { journalFolder } from './journal/journal-folder.ts';
import type { Redact } from './journal/journal-record.ts';
import { JournalRecovery } from './journal/journal-recovery.ts';
import type { JournaledSpan } from './journal/journaled-span.ts';
import { SpanJournal } from './journal/span-journal.ts';
import { printableText } from './printable-text.ts';
import { QUIET_CONTEXT } from './quiet-context.ts';
import { bearsLinks } from './span-backlog.ts';
import type { EndedSpan, EndedSpanExporter, EndedSpanProcessor } from './span-pipeline.ts';

/** Enough for 4,000 spans with 128 links each, and little on a disk. */
const DEFAULT_JOURNAL_BYTES = 64 * 1024 * 1024;

export interface LinkSafeOptions extends Omit<ExportQueueOptions, 'exporter' | 'settled' | 'lost'> {
  /**
   * The folder of the journal, or `off`. By default the folder named by SPAN_LINKS_JOURNAL, otherwise
   * `$XDG_STATE_HOME/span-links/<service>`. Processes may share it.
   */
  readonly journal?: string;
  /**
   * Distinguishes exporters of one process: each has a folder of this name inside that of the journal. `spans` by
   * default.
   */
  readonly name?: string;
  /** Limit on the files in the folder together; 64 MiB. Spans beyond it are exported, but not covered. */
  readonly journalMaxBytes?: number;
  /** Applied to the attributes of spans, links, events and resources before they are written. Use it if your exporter or Collector removes any. */
  readonly redact?: Redact;
}

/** A span processor with backpressure, bounded flushes and counters. */
export interface LinkSafeProcessor extends EndedSpanProcessor {
  /** Resolves when `spans` more spans fit, or when waiting has become pointless. Never rejects. */
  room(spans?: number): Promise<void>;
  /** Sends what has ended so far. Resolves to whether the backend took all of it within `deadlineMs` milliseconds (3,000). */
  flush(deadlineMs?: number): Promise<boolean>;
  /** Flushes, and takes no more spans. Resolves to whether the backend took all of them within `deadlineMs` milliseconds (3,000). */
  close(deadlineMs?: number): Promise<boolean>;
  /** The outcomes of the spans so far. */
  counters(): ExportCounters;
}

/**
 * A span processor that does not lose spans with links. It replaces BatchSpanProcessor in front of any exporter of the
 * SDK 2.x or 3.x. When its queue is full, spans without links are dropped first. When the backend is away, spans with
 * links return to the queue. When the process is killed, the next one sends them from the journal, as they ended or as
 * `interrupted`.
 *
 * Nothing throws after this call.
 *
 * @throws {TypeError} if `exporter` is no exporter.
 */
export function linkSafeProcessor(
  exporter: EndedSpanExporter,
  options: LinkSafeOptions = {},
): LinkSafeProcessor {
  const given = options.log ?? logToStandardError;
  const log = (line: string): void => given(printableText(line, 2_000));
  return new JournaledQueue(exporter, { ...options, log }, readProcessorConfig(log));
}

/** The export queue with a journal before it. */
export class JournaledQueue implements LinkSafeProcessor {
  readonly #exporter: EndedSpanExporter;
  readonly #queue: ExportQueue;
  readonly #journal: SpanJournal | undefined;
  readonly #recovery: JournalRecovery | undefined;
  readonly #log: (line: string) => void;
  #hasComplained = false;

  constructor(exporter: EndedSpanExporter, options: LinkSafeOptions, config: ProcessorConfig) {
    const queueOptions = withDefaults({ ...config.queue, ...options, exporter });
    const { log, exportTimeoutMs } = queueOptions;
    this.#exporter = exporter;
    this.#log = log;
    const place = { ...config, journal: options.journal ?? config.journal };
    const folder = journalFolder(place, options.name ?? 'spans', log);
    if (folder !== undefined) {
      this.#journal = new SpanJournal({
        folder,
        maxBytes: options.journalMaxBytes ?? DEFAULT_JOURNAL_BYTES,
        ...(options.redact !== undefined && { redact: options.redact }),
        log,
        quietContext: QUIET_CONTEXT,
      });
      this.#recovery = new JournalRecovery({
        journal: this.#journal,
        deliver: (spans) => handOver(spans, exporter, exportTimeoutMs),
        log,
        quietContext: QUIET_CONTEXT,
      });
      this.#recovery.start();
    }
    this.#queue = new ExportQueue({
      ...queueOptions,
      exporter: withoutShutdown(exporter),
      settled: (spans) => this.#journal?.acknowledged(spans),
      lost: (spans) => this.#journal?.lost(spans),
    });
  }

  onStart(span: unknown): void {
    try {
      const started = span as JournaledSpan;
      if (started.links.length > 0 && isSampled(started)) this.#journal?.started(started);
    } catch (error) {
      this.#complain(error);
    }
  }

  onEnd(span: EndedSpan): void {
    try {
      if (bearsLinks(span) && isSampled(span)) this.#journal?.ended(span as JournaledSpan);
      this.#queue.onEnd(span);
    } catch (error) {
      this.#complain(error);
    }
  }

  counters(): ExportCounters {
    return { ...this.#queue.counters(), journal: this.#journalCounters() };
  }

  figures(): ExportFigures {
    return { ...this.#queue.figures(), journal: this.#journalCounters() };
  }

  room(spans?: number): Promise<void> {
    return this.#queue.room(spans);
  }

  flush(deadlineMs?: number): Promise<boolean> {
    return this.#queue.flush(deadlineMs);
  }

  async forceFlush(): Promise<void> {
    await this.flush();
  }

  async close(deadlineMs = DEFAULT_DEADLINE_MS): Promise<boolean> {
    const recovered = overWithin(this.#recovery?.finish() ?? Promise.resolve(), deadlineMs);
    const complete = await this.#queue.close(deadlineMs);
    await recovered;
    this.#journal?.close();
    // Not awaited: an exporter waits here for its own requests, and with a hanging backend those never end.
    void shutDown(this.#exporter);
    return complete;
  }

  async shutdown(): Promise<void> {
    await this.close();
  }

  /** The caller is the application, in the middle of its work, so one log line must do. */
  #complain(error: unknown): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.#log(`a span could not be taken in (${error instanceof Error ? error.message : String(error)})`);
  }

  #journalCounters(): ExportCounters['journal'] {
    const { recovered, interrupted } = this.#recovery?.counts ?? { recovered: 0, interrupted: 0 };
    return { recovered, interrupted, uncovered: this.#journal?.uncovered ?? 0 };
  }
}

function isSampled(span: EndedSpan): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
}

async function shutDown(exporter: EndedSpanExporter): Promise<void> {
  try {
    await exporter.shutdown();
  } catch {
    // The exporter's last error; nobody is left to report it to.
  }
}

/** The queue finishes with the exporter before the recovery does. */
function withoutShutdown(exporter: EndedSpanExporter): EndedSpanExporter {
  return {
    export: (spans, done) => exporter.export(spans, done),
    finishUp: () => exporter.finishUp?.(),
    shutdown: () => Promise.resolve(),
  };
}
