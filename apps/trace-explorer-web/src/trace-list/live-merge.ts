import type { LiveTraces, TracePage, TraceSummary } from '@span-links/explorer-api';
import type { QueryClient } from '@tanstack/react-query';
import { get } from '../api/client.ts';
import { tracesQuery } from '../api/queries.ts';
import { AtMostEvery } from './at-most-every.ts';
import { isWithin, type TimeRange } from './time-range.ts';
import { tracesOf, withTraces, withUpdates, type TracePages } from './trace-pages.ts';

/**
 * The reading mode of the list: `following` adds new rows, `reading` keeps its rows in place,
 * `paused` shows no change at all.
 */
export type Reading = 'following' | 'reading' | 'paused';

/** New traces that are not shown yet. */
export interface News {
  readonly waiting: number;
  /** True if more came in than was counted. */
  readonly isMore: boolean;
  /** The traces that were shown last, to be marked for a moment. */
  readonly fresh: ReadonlySet<string>;
}

const NO_NEWS: News = { waiting: 0, isMore: false, fresh: new Set() };
const SHOW_PAUSE_MS = 500;
const ASK_PAUSE_MS = 1_000;
const MOST_HELD = 1_000;
// Otherwise a page that is open all day would hold every trace of the day.
const MOST_FOLLOWED = 500;
const MOST_LINKED = 50;

/**
 * Holds new traces of one search until the list's pages in the query cache can take them. The cache
 * owns the pages.
 */
export class LiveMerge {
  readonly #client: QueryClient;
  readonly #search: { q?: string; from?: string; to?: string };
  readonly #range: TimeRange;
  readonly #held = new Map<string, TraceSummary>();
  readonly #linked = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #showing = new AtMostEvery(SHOW_PAUSE_MS, () => this.#show());
  readonly #asking = new AtMostEvery(ASK_PAUSE_MS, () => void this.#askForFirstPage());
  readonly #askingForLinked = new AtMostEvery(ASK_PAUSE_MS, () => void this.#askForLinked());
  #requests = new AbortController();
  #reading: Reading = 'following';
  #isMore = false;
  #news = NO_NEWS;

  constructor(client: QueryClient, search: { q?: string; from?: string; to?: string }, range: TimeRange) {
    this.#client = client;
    this.#search = search;
    this.#range = range;
  }

  start(): void {
    this.#requests = new AbortController();
    // Something may have come in since the reader left these pages.
    if (this.#pages() && this.#range.to === undefined) this.#asking.ask();
  }

  stop(): void {
    this.#requests.abort();
    for (const timer of [this.#showing, this.#asking, this.#askingForLinked]) timer.stop();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly news = (): News => this.#news;

  setReading(reading: Reading): void {
    this.#reading = reading;
    this.#showing.ask();
  }

  /** Takes an event of the server. With a query, only the server knows which traces match. */
  take({ traces, linkedTraceIds, overflow }: LiveTraces): void {
    if (this.#range.to !== undefined) return;
    if (overflow || this.#search.q !== undefined) this.#asking.ask();
    else this.#hold(traces.filter(({ startTime }) => isWithin(startTime, this.#range)));
    const told = new Set(traces.map(({ traceId }) => traceId));
    for (const traceId of linkedTraceIds) if (!told.has(traceId)) this.#linked.add(traceId);
    if (this.#linked.size > 0) this.#askingForLinked.ask();
  }

  /** Shows everything that waits, at any scroll position. */
  async showAll(): Promise<void> {
    if (this.#isMore) return this.#startAnew();
    this.#insert();
  }

  #hold(traces: readonly TraceSummary[]): void {
    for (const trace of traces) this.#held.set(trace.traceId, trace);
    for (const traceId of this.#held.keys()) {
      if (this.#held.size <= MOST_HELD) break;
      this.#held.delete(traceId);
      this.#isMore = true;
    }
    this.#showing.ask();
  }

  #show(): void {
    const pages = this.#pages();
    if (pages === undefined) return;
    if (this.#isFetching()) this.#showing.ask();
    else if (this.#reading === 'following' && this.#isMore) void this.#startAnew();
    else if (this.#reading === 'following') this.#insert();
    else if (this.#reading === 'reading') this.#update(pages);
    this.#publish(NO_NEWS.fresh);
  }

  #insert(): void {
    const pages = this.#pages();
    if (pages === undefined || this.#held.size === 0) return;
    const known = new Map(tracesOf(pages).map((trace) => [trace.traceId, trace]));
    const held = [...this.#held.values()];
    const unmoved = held.filter(({ traceId, startTime }) => known.get(traceId)?.startTime === startTime);
    const updates = new Map(unmoved.map((trace) => [trace.traceId, trace]));
    const placed = held.filter(({ traceId }) => !updates.has(traceId));
    this.#held.clear();
    this.#setPages(withTraces(withUpdates(pages, updates), placed));
    this.#publish(new Set(placed.map(({ traceId }) => traceId)));
    if (known.size + placed.length > MOST_FOLLOWED && this.#reading === 'following') void this.#startAnew();
  }

  #update(pages: TracePages): void {
    this.#setPages(withUpdates(pages, this.#held));
    for (const { traceId } of tracesOf(pages)) this.#held.delete(traceId);
  }

  async #askForFirstPage(): Promise<void> {
    const pages = this.#pages();
    const page = pages && (await this.#ask(this.#search));
    if (!page) return;
    const known = new Set(tracesOf(pages).map(({ traceId }) => traceId));
    // There may be other rows between this page and the known rows.
    const isApart =
      known.size > 0 && page.nextCursor !== null && !page.traces.some((trace) => known.has(trace.traceId));
    if (isApart) this.#isMore = true;
    this.#hold(page.traces);
  }

  async #askForLinked(): Promise<void> {
    const linked = tracesOf(this.#pages()).filter(({ traceId }) => this.#linked.has(traceId));
    this.#linked.clear();
    if (linked.length === 0) return;
    const ids = linked.slice(0, MOST_LINKED).map(({ traceId }) => traceId);
    const page = await this.#ask({ q: `trace=${ids.join()}` });
    if (page) this.#hold(page.traces);
  }

  /** Loads one page again if that is less work than updating many. */
  async #startAnew(): Promise<void> {
    const page = await this.#ask(this.#search);
    if (!page) return;
    this.#isMore = false;
    this.#held.clear();
    this.#setPages({ pages: [page], pageParams: [null] });
    this.#publish(NO_NEWS.fresh);
  }

  // A failed request is one of many: the next event asks again, and the page shows that the server
  // is gone.
  #ask(search: Record<string, string>): Promise<TracePage | undefined> {
    const { signal } = this.#requests;
    return get<TracePage>('/traces', search, signal).catch(() => undefined);
  }

  #pages(): TracePages | undefined {
    return this.#client.getQueryData(tracesQuery(this.#search).queryKey);
  }

  #setPages(pages: TracePages): void {
    this.#client.setQueryData(tracesQuery(this.#search).queryKey, pages);
  }

  // A page that is being loaded is added to the pages from the time of its request, and later
  // additions are lost.
  #isFetching(): boolean {
    return this.#client.isFetching({ queryKey: tracesQuery(this.#search).queryKey, exact: true }) > 0;
  }

  #publish(fresh: ReadonlySet<string>): void {
    const known = new Set(tracesOf(this.#pages()).map(({ traceId }) => traceId));
    const waiting = [...this.#held.keys()].filter((traceId) => !known.has(traceId)).length;
    const isSame =
      waiting === this.#news.waiting &&
      this.#isMore === this.#news.isMore &&
      fresh.size + this.#news.fresh.size === 0;
    if (isSame) return;
    this.#news = { waiting, isMore: this.#isMore, fresh };
    this.#listeners.forEach((listener) => listener());
  }
}
