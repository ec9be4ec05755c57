import type { ElementLimits, ResourceSpans, TracesRequest } from '@span-links/otlp';
import { StoreOverloadedError, type WriteOutcome } from '@span-links/trace-store';
import { setTimeout as wait } from 'node:timers/promises';
import { errorText } from '@span-links/service-shell';
import { JsonDocuments, type JsonElement, type JsonFault } from './json-documents.ts';
import { readElement } from './import-formats.ts';

/** The result for a file. */
export interface ImportReport {
  /** Documents of any kind: lines, or files of one document. */
  documents: number;
  /** Spans that were read. */
  spans: number;
  stored: number;
  /** Spans that were already stored. */
  duplicates: number;
  /** Spans that cannot be stored; `reasons` explains why. */
  refused: number;
  readonly reasons: string[];
  /** Documents of other signals. */
  skipped: { logs: number; metrics: number; profiles: number };
  /** Parts that could not be read. The first 20 are listed by line. */
  faults: number;
  readonly errors: { readonly line: number; readonly message: string }[];
}

/** The target of spans. Resolves once they are on the disk. */
export interface ImportSink {
  write(request: TracesRequest): Promise<WriteOutcome>;
}

export interface ImportOptions {
  /** An element is held in memory: a `ResourceSpans`, or a Jaeger trace. */
  readonly maxElementBytes: number;
  /** An element above the limits is a fault, like a request above the limits is refused. */
  readonly elementLimits: ElementLimits;
  readonly signal?: AbortSignal | undefined;
}

const MAX_ERRORS = 20;
const MAX_REASONS = 8;
/** Spans that are written together: as many as the store takes in one transaction. */
const SPANS_AT_ONCE = 2_000;
const OTHER_SIGNALS = {
  resourceLogs: 'logs',
  resourceMetrics: 'metrics',
  resourceProfiles: 'profiles',
} as const;

/**
 * Stores the spans of a file as it comes in: JSON lines of the Collector, OTLP/JSON, Tempo's
 * `batches`, Jaeger's `data`. A broken part affects only itself. Memory holds one element and the
 * spans that are being written, for a file of any length.
 *
 * @throws an error of the sink if the store is away. Spans of this file that were stored before
 * count as duplicates the next time.
 */
export async function importTraces(
  chunks: AsyncIterable<Buffer>,
  sink: ImportSink,
  options: ImportOptions,
): Promise<ImportReport> {
  const run = new ImportRun(sink, options);
  for await (const chunk of chunks) {
    options.signal?.throwIfAborted();
    await run.take(chunk);
  }
  return run.end();
}

class ImportRun {
  readonly #report: ImportReport = {
    documents: 0,
    spans: 0,
    stored: 0,
    duplicates: 0,
    refused: 0,
    reasons: [],
    skipped: { logs: 0, metrics: 0, profiles: 0 },
    faults: 0,
    errors: [],
  };
  readonly #documents: JsonDocuments;
  /** In the order of the file. */
  readonly #found: (JsonElement | JsonFault)[] = [];
  #waiting: ResourceSpans[] = [];
  #waitingSpans = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly sink: ImportSink,
    private readonly options: ImportOptions,
  ) {
    this.#documents = new JsonDocuments(
      {
        element: (element) => this.#found.push(element),
        fault: (fault) => this.#found.push(fault),
        document: () => this.#report.documents++,
      },
      options.maxElementBytes,
    );
  }

  async take(chunk: Buffer): Promise<void> {
    this.#documents.feed(chunk);
    await this.#takeFound();
  }

  async end(): Promise<ImportReport> {
    this.#documents.end();
    await this.#takeFound();
    await this.#write();
    await this.#writing;
    return this.#report;
  }

  async #takeFound(): Promise<void> {
    for (const found of this.#found.splice(0)) {
      if ('message' in found) this.#fault(found);
      else await this.#add(found);
    }
  }

  async #add(element: JsonElement): Promise<void> {
    let request: TracesRequest;
    try {
      request = readElement(element, this.options.elementLimits);
    } catch (error) {
      this.#fault({ line: element.line, message: errorText(error) });
      return;
    }
    for (const part of slices(request)) {
      this.#waiting.push(part);
      this.#waitingSpans += part.scopeSpans[0]!.spans.length;
      if (this.#waitingSpans >= SPANS_AT_ONCE) await this.#write();
    }
  }

  /**
   * Starts to write the waiting spans once the previous write is done. The next elements are read
   * in the meantime.
   */
  async #write(): Promise<void> {
    const resourceSpans = this.#waiting;
    this.#waiting = [];
    this.#report.spans += this.#waitingSpans;
    this.#waitingSpans = 0;
    await this.#writing;
    this.#writing = resourceSpans.length === 0 ? Promise.resolve() : this.#store({ resourceSpans });
    // The next caller that waits gets the error. Until then it must not be an unhandled rejection.
    this.#writing.catch(() => undefined);
  }

  /** Live traffic has priority: an import waits while the store's queue is full. */
  async #store(request: TracesRequest): Promise<void> {
    for (;;) {
      this.options.signal?.throwIfAborted();
      try {
        this.#count(await this.sink.write(request));
        return;
      } catch (error) {
        if (!(error instanceof StoreOverloadedError)) throw error;
        await wait(error.retryAfterSeconds * 1_000, undefined, { signal: this.options.signal });
      }
    }
  }

  #count({ stored, duplicates, refused, reasons }: WriteOutcome): void {
    this.#report.stored += stored;
    this.#report.duplicates += duplicates;
    this.#report.refused += refused;
    for (const reason of reasons) {
      if (this.#report.reasons.length < MAX_REASONS) this.#report.reasons.push(reason);
    }
  }

  #fault({ line, message, keys }: JsonFault): void {
    const signal = keys?.map((key) => OTHER_SIGNALS[key as keyof typeof OTHER_SIGNALS]).find(Boolean);
    if (signal) {
      this.#report.skipped[signal]++;
      return;
    }
    this.#report.faults++;
    if (this.#report.errors.length < MAX_ERRORS) this.#report.errors.push({ line, message });
  }
}

/** Parts that fit into the store's queue, each of one scope. */
function* slices({ resourceSpans }: TracesRequest): Generator<ResourceSpans> {
  for (const { scopeSpans, ...owner } of resourceSpans) {
    for (const { spans, ...scoped } of scopeSpans) {
      for (let from = 0; from < spans.length; from += SPANS_AT_ONCE) {
        yield { ...owner, scopeSpans: [{ ...scoped, spans: spans.slice(from, from + SPANS_AT_ONCE) }] };
      }
    }
  }
}
