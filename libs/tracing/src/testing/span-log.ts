import { recordedSpan, type RecordedLink, type RecordedSpan, type SdkSpan } from './recorded-span.ts';
import { spanKey, type SpanIds } from './span-ids.ts';
import { countByName, plural } from './wording.ts';

/** All spans of a trace that were recorded here. */
export interface RecordedTrace {
  readonly traceId: string;
  /** Absent if it was not recorded: another process made it, or it is still running. */
  readonly root?: RecordedSpan;
  readonly spans: readonly RecordedSpan[];
}

/** Selects spans: by name, by a pattern of names, or the spans themselves. */
export type SpanSelection = string | RegExp | RecordedSpan | readonly RecordedSpan[];

/** The questions that a test can ask of the recorded spans. By default they concern spans that have ended. */
export interface RecordedSpans {
  /** In the order of their starts. */
  readonly all: readonly RecordedSpan[];
  /** The spans that have not ended yet, in their current state. */
  readonly open: readonly RecordedSpan[];
  /** The spans without a parent, here or elsewhere. */
  readonly roots: readonly RecordedSpan[];
  readonly traces: readonly RecordedTrace[];
  /** A pattern also matches the parts of a split batch: `/^process-batch/`. */
  named(name: string | RegExp): readonly RecordedSpan[];
  /**
   * The one span of this name.
   *
   * @throws if there is none or more than one; the message lists the recorded spans.
   */
  only(name: string | RegExp): RecordedSpan;
  /** The links that lead from one selection of spans to another. */
  linksBetween(from: SpanSelection, to: SpanSelection): readonly RecordedLink[];
  /**
   * The first span of this name that has ended; waits for it if there is none yet.
   *
   * @param options.withinMs 2,000 by default, below the test timeout of Vitest and Jest. Runs in real time, fake timers
   * or not.
   * @throws after that time; the message lists the spans that are open and those that have ended.
   */
  ended(name: string | RegExp, options?: { readonly withinMs?: number }): Promise<RecordedSpan>;
}

interface Waiter {
  readonly name: string | RegExp;
  readonly resolve: (span: RecordedSpan) => void;
}

const WITHIN_MS = 2_000;
// Read when the module is loaded, so that a test's fake timers do not stop the clock of the deadline.
const { setTimeout, clearTimeout } = globalThis;

// Keyed by span and not stored as its property: the data stays plain, and a matcher still finds the names of other
// spans.
const logOf = new WeakMap<RecordedSpan, SpanLog>();

/**
 * The name of a span that was recorded beside the given one, so that a failure can name a span that it only knows by
 * ids.
 */
export function nameBeside(span: RecordedSpan, target: SpanIds): string | undefined {
  return logOf.get(span)?.nameOf(target);
}

/** Keeps spans from their start, and answers questions about them. */
export class SpanLog implements RecordedSpans {
  // In the order of their starts. Keyed by object, because a test may have an id generator that repeats itself.
  readonly #spans = new Map<SdkSpan, RecordedSpan | undefined>();
  readonly #waiters = new Set<Waiter>();

  onStart(span: SdkSpan): void {
    this.#spans.set(span, undefined);
  }

  /** A span that was forgotten while it ran no longer belongs to this test. */
  onEnd(span: SdkSpan): void {
    if (!this.#spans.has(span)) return;
    const recorded = this.#take(span);
    this.#spans.set(span, recorded);
    for (const waiter of this.#waiters) if (isNamed(recorded, waiter.name)) waiter.resolve(recorded);
  }

  /** Forgets everything, including open spans, which must not appear in the next test. */
  reset(): void {
    this.#spans.clear();
  }

  get all(): readonly RecordedSpan[] {
    return [...this.#spans.values()].filter((span) => span !== undefined);
  }

  get open(): readonly RecordedSpan[] {
    return [...this.#spans].filter(([, ended]) => ended === undefined).map(([span]) => this.#take(span));
  }

  get roots(): readonly RecordedSpan[] {
    return this.all.filter((span) => span.parentSpanId === undefined);
  }

  get traces(): readonly RecordedTrace[] {
    const spansOf = new Map<string, RecordedSpan[]>();
    for (const span of this.all) {
      const spans = spansOf.get(span.traceId);
      if (spans) spans.push(span);
      else spansOf.set(span.traceId, [span]);
    }
    return [...spansOf].map(([traceId, spans]) => {
      const root = spans.find((span) => span.parentSpanId === undefined);
      return { traceId, ...(root && { root }), spans };
    });
  }

  named(name: string | RegExp): readonly RecordedSpan[] {
    return this.all.filter((span) => isNamed(span, name));
  }

  only(name: string | RegExp): RecordedSpan {
    const spans = this.named(name);
    const [span] = spans;
    if (span && spans.length === 1) return span;
    throw new Error(
      `Expected one ended span named ${String(name)}, found ${spans.length}.\n${this.#inventory()}`,
    );
  }

  linksBetween(from: SpanSelection, to: SpanSelection): readonly RecordedLink[] {
    const targets = new Set(this.#select(to).map(spanKey));
    return this.#select(from).flatMap(({ links }) => links.filter((link) => targets.has(spanKey(link))));
  }

  ended(name: string | RegExp, { withinMs = WITHIN_MS } = {}): Promise<RecordedSpan> {
    const [span] = this.named(name);
    if (span) return Promise.resolve(span);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        name,
        resolve: (ended) => {
          stopWaiting();
          resolve(ended);
        },
      };
      const stopWaiting = () => {
        clearTimeout(deadline);
        this.#waiters.delete(waiter);
      };
      const deadline = setTimeout(() => {
        stopWaiting();
        reject(new Error(`No span named ${String(name)} ended within ${withinMs} ms.\n${this.#inventory()}`));
      }, withinMs);
      this.#waiters.add(waiter);
    });
  }

  nameOf(ids: SpanIds): string | undefined {
    const key = spanKey(ids);
    return [...this.#spans.keys()].find((span) => spanKey(span.spanContext()) === key)?.name;
  }

  #take(span: SdkSpan): RecordedSpan {
    const recorded = recordedSpan(span);
    logOf.set(recorded, this);
    return recorded;
  }

  #select(selection: SpanSelection): readonly RecordedSpan[] {
    if (typeof selection === 'string' || selection instanceof RegExp) return this.named(selection);
    return 'spanId' in selection ? [selection] : selection;
  }

  #inventory(): string {
    const { all, open } = this;
    if (all.length + open.length === 0) {
      return 'No span was started: is the tracer one of the provider that is recorded, and does its sampler record?';
    }
    return `${plural(all.length, 'span')} ended: ${countByName(all)}\n${plural(open.length, 'span')} open: ${countByName(open)}`;
  }
}

function isNamed(span: RecordedSpan, name: string | RegExp): boolean {
  // `search` and not `test`, which would remember a position in a pattern with the g flag.
  return typeof name === 'string' ? span.name === name : span.name.search(name) >= 0;
}
