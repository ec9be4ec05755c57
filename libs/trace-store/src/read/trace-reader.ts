import type {
  LinkGraph,
  LinkPage,
  Query,
  ServiceList,
  SpanDetail,
  SpanPage,
  TracePage,
  TraceSummary,
  TraceView,
} from '@span-links/explorer-api';
import type pg from 'pg';
import {
  attributeKeys,
  attributeValues,
  serviceDependencies,
  serviceList,
  storeFigures,
  type AttributeOwner,
  type Dependencies,
  type StoreFigures,
} from './catalog.ts';
import { fullTraces, type FullTrace } from './full-trace.ts';
import { LinkJson, LinkObjects } from './link-list.ts';
import type { LinksOptions } from './link-order.ts';
import { LinkTotalsMemory } from './link-totals.ts';
import { linkGraph, type GraphOptions } from './link-graph.ts';
import { isForRecentTraces, recentTraces } from './recent-traces.ts';
import { SPAN_SEARCH, TRACE_SEARCH } from './search-lists.ts';
import { search, type SearchedBack, type SearchOptions } from './search.ts';
import { spanDetail, type SpanDetailRow } from './span-detail.ts';
import { spanLinks } from './span-links.ts';
import { spanSummary, type SpanRow } from './span-row.ts';
import { traceSummary, type TraceRow } from './trace-row.ts';
import { preparedStatement } from './prepared-statement.ts';

const TRACE_SUMMARIES = preparedStatement('trace-summaries');
const SPAN_SUMMARIES = preparedStatement('span-summaries');
const TRACE_SPANS = preparedStatement('trace-spans');
const SPAN_DETAILS = preparedStatement('span-details');
const OWN_SPAN = preparedStatement('own-span');

const MAX_TRACE_SPANS = 20_000;
const SUGGESTIONS = 50;

/**
 * Answers what the explorer is asked, from the tables that `TraceWriter` fills. It writes nothing.
 *
 * Ids are lower-case hex of full length; times are unix times in ns. What is given of the users' own goes to the database as parameters alone.
 * Every answer is bounded; the pool's statement timeout bounds the time.
 */
export class TraceReader {
  readonly #linkTotals: LinkTotalsMemory;

  /** @param pool its connections find the store's tables by their search path. */
  constructor(private readonly pool: pg.Pool) {
    this.#linkTotals = new LinkTotalsMemory(pool);
  }

  /**
   * Traces of which one span fulfils all terms, newest first.
   *
   * @throws InvalidCursorError
   */
  async searchTraces(query: Query, options: SearchOptions): Promise<TracePage & SearchedBack> {
    if (isForRecentTraces(query, options)) return recentTraces(this.pool, options.limit);
    const { keys, ...page } = await search(this.pool, TRACE_SEARCH, query, options);
    return { traces: await this.summaries(keys.map(([, traceId = '']) => traceId)), ...page };
  }

  /**
   * Spans that fulfil all terms, newest first.
   *
   * @throws InvalidCursorError
   */
  async searchSpans(query: Query, options: SearchOptions): Promise<SpanPage & SearchedBack> {
    const { keys, ...page } = await search(this.pool, SPAN_SEARCH, query, options);
    const { rows } = await this.pool.query<SpanRow>({
      ...SPAN_SUMMARIES,
      values: [keys.map(([, id]) => id)],
    });
    return { spans: rows.map(spanSummary), ...page };
  }

  /** The traces that are here, in the order asked for. */
  async summaries(traceIds: readonly string[]): Promise<TraceSummary[]> {
    if (traceIds.length === 0) return [];
    const { rows } = await this.pool.query<TraceRow>({ ...TRACE_SUMMARIES, values: [traceIds] });
    return rows.map(traceSummary);
  }

  /** `null` where no span of it is here. */
  async trace(traceId: string, options: { readonly limit?: number } = {}): Promise<TraceView | null> {
    const { limit = MAX_TRACE_SPANS } = options;
    const [[summary], { rows }] = await Promise.all([
      this.summaries([traceId]),
      this.pool.query<SpanRow>({ ...TRACE_SPANS, values: [traceId, limit + 1] }),
    ]);
    if (!summary) return null;
    return { summary, spans: rows.slice(0, limit).map(spanSummary), truncated: rows.length > limit };
  }

  /** `null` where it is not here. */
  async span(traceId: string, spanId: string): Promise<SpanDetail | null> {
    const id = await this.#spanRowId(traceId, spanId);
    if (id === undefined) return null;
    const { rows } = await this.pool.query<SpanDetailRow>({ ...SPAN_DETAILS, values: [[id]] });
    return rows[0] ? spanDetail(rows[0]) : null;
  }

  /**
   * The links of a span, or those that lead to it, each with its other end; `null` where the span is not here. Of spans with many links,
   * roll-up and completeness may be a second old.
   *
   * @throws InvalidCursorError
   */
  async links(traceId: string, spanId: string, options: LinksOptions): Promise<LinkPage | null> {
    return spanLinks(this.pool, this.#linkTotals, traceId, spanId, options, new LinkObjects());
  }

  /** The same as JSON, which links become as they come in. */
  async linksJson(traceId: string, spanId: string, options: LinksOptions): Promise<string | null> {
    const page = await spanLinks(this.pool, this.#linkTotals, traceId, spanId, options, new LinkJson());
    if (!page) return null;
    const { direction, links, ...rest } = page;
    return `{"direction":"${direction}","links":${links},${JSON.stringify(rest).slice(1)}`;
  }

  /** The traces around one; `null` where it, or the span that is asked for, is not here. */
  async graph(traceId: string, options: GraphOptions = {}): Promise<LinkGraph | null> {
    const [summary] = await this.summaries([traceId]);
    const rowId = options.spanId === undefined ? null : await this.#spanRowId(traceId, options.spanId);
    if (!summary || rowId === undefined) return null;
    return linkGraph(this.pool, traceId, rowId, options, (traceIds) => this.summaries(traceIds));
  }

  /** Everything of the traces that are here, in the order asked for; the first spans of those that have more. */
  async fullTraces(
    traceIds: readonly string[],
    options: { readonly spanLimit?: number } = {},
  ): Promise<FullTrace[]> {
    return fullTraces(this.pool, traceIds, options.spanLimit ?? MAX_TRACE_SPANS);
  }

  /** In alphabetical order; at most 1,000, with at most 1,000 operations each. */
  services(): Promise<ServiceList> {
    return serviceList(this.pool);
  }

  /** Keys that recent spans, resources or links have, the most frequent first, at most 50. Case does not count. */
  attributeKeys(prefix: string, owner: AttributeOwner = 'attribute'): Promise<string[]> {
    return attributeKeys(this.pool, owner, prefix, SUGGESTIONS);
  }

  /** Values of recent spans, resources or links as text, the most frequent first, at most 50. Case does not count. */
  attributeValues(key: string, prefix: string, owner: AttributeOwner = 'attribute'): Promise<string[]> {
    return attributeValues(this.pool, owner, key, prefix, SUGGESTIONS);
  }

  stats(): Promise<StoreFigures> {
    return storeFigures(this.pool);
  }

  /** Calls and links between services, of spans that started between two times; of the newest 100,000 where there are more. */
  dependencies(fromNs: bigint, toNs: bigint): Promise<Dependencies> {
    return serviceDependencies(this.pool, fromNs, toNs);
  }

  async #spanRowId(traceId: string, spanId: string): Promise<string | undefined> {
    const { rows } = await this.pool.query<{ id: string }>({
      ...OWN_SPAN,
      values: [traceId, Buffer.from(spanId, 'hex')],
    });
    return rows[0]?.id;
  }
}
