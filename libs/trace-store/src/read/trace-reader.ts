import type {
  ErrorPage,
  LinkAttribute,
  LinkAttributes,
  LinkDirection,
  LinkGraph,
  LinkGroups,
  LinkPage,
  LogPage,
  Query,
  ServiceList,
  SpanDetail,
  SpanMatches,
  SpanPage,
  TraceNames,
  TracePage,
  TraceSummary,
  TraceView,
} from '@span-links/explorer-api';
import type pg from 'pg';
import {
  attributeKeys,
  attributeValues,
  operationList,
  serviceDependencies,
  serviceList,
  storeFigures,
  type AttributeOwner,
  type Dependencies,
  type Operation,
  type StoreFigures,
} from './catalog.ts';
import { errorGroups, findSpans } from './errors.ts';
import { fullSpanPages, fullTraces, type FullSpan, type FullTrace } from './full-trace.ts';
import { journeyOfTrace } from './journey-reader.ts';
import { LinkJson, LinkObjects } from './link-list.ts';
import type { LinksOptions } from './link-order.ts';
import type { OwnSpan } from './all-links.ts';
import { linkAttributes, linkGroups } from './link-attributes.ts';
import type { LinkOwner } from './link-page.ts';
import { LinkTotalsMemory, ownSpanOf } from './link-totals.ts';
import { linkGraph, type GraphOptions } from './link-graph.ts';
import { logPage, type LogsOptions } from './log-list.ts';
import { isForRecentTraces, recentTraces } from './recent-traces.ts';
import { SPAN_SEARCH, TRACE_SEARCH } from './search-lists.ts';
import { search, type SearchedBack, type SearchOptions } from './search.ts';
import { spanDetail, type SpanDetailRow } from './span-detail.ts';
import { spanLinks } from './span-links.ts';
import { withLogs } from './span-logs.ts';
import { spanSummary, type SpanRow } from './span-row.ts';
import { traceBreakdowns, type TraceBreakdown } from './trace-breakdown.ts';
import { traceNames } from './trace-names.ts';
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
 * Answers the explorer's queries from the tables that `TraceWriter` fills. It writes nothing.
 *
 * Ids are lower-case hex of full length; times are unix times in ns. Texts of users go to the
 * database only as parameters. Every answer is bounded; the pool's statement timeout bounds the
 * time.
 */
export class TraceReader {
  readonly #linkTotals: LinkTotalsMemory;

  /** @param pool whose connections find the store's tables by their search path. */
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

  /** The stored traces, in the requested order. */
  async summaries(traceIds: readonly string[]): Promise<TraceSummary[]> {
    if (traceIds.length === 0) return [];
    const { rows } = await this.pool.query<TraceRow>({ ...TRACE_SUMMARIES, values: [traceIds] });
    return rows.map(traceSummary);
  }

  /** The attributes that may tell traces apart, such as `order.id`. */
  names(traceIds: readonly string[]): Promise<TraceNames> {
    return traceNames(this.pool, traceIds);
  }

  /**
   * How the services share the spans of traces, by trace id. Missing traces are left out.
   *
   * @param options.spanLimit per trace: the spans beyond it are not counted. 20,000 by default.
   */
  breakdowns(
    traceIds: readonly string[],
    options: { readonly spanLimit?: number } = {},
  ): Promise<ReadonlyMap<string, TraceBreakdown>> {
    return traceBreakdowns(this.pool, traceIds, options.spanLimit ?? MAX_TRACE_SPANS);
  }

  /** `null` if no span of it is stored. */
  async trace(traceId: string, options: { readonly limit?: number } = {}): Promise<TraceView | null> {
    const { limit = MAX_TRACE_SPANS } = options;
    const [[summary], { rows }, journey] = await Promise.all([
      this.summaries([traceId]),
      this.pool.query<SpanRow>({ ...TRACE_SPANS, values: [traceId, limit + 1] }),
      journeyOfTrace(this.pool, traceId),
    ]);
    if (!summary) return null;
    return { summary, spans: rows.slice(0, limit).map(spanSummary), truncated: rows.length > limit, journey };
  }

  /**
   * Spans of a trace whose attributes, events or messages contain all words of a text; none if the
   * trace is missing.
   */
  find(traceId: string, text: string): Promise<SpanMatches> {
    return findSpans(this.pool, traceId, text);
  }

  /** The newest errors that started between two times, grouped by their text. */
  errors(fromNs: bigint, toNs: bigint): Promise<ErrorPage> {
    return errorGroups(this.pool, fromNs, toNs);
  }

  /** `null` if it is missing. */
  async span(traceId: string, spanId: string): Promise<SpanDetail | null> {
    const id = await this.#spanRowId(traceId, spanId);
    if (id === undefined) return null;
    const { rows } = await this.pool.query<SpanDetailRow>({ ...SPAN_DETAILS, values: [[id]] });
    const [detail] = await withLogs(this.pool, rows.map(spanDetail));
    return detail ?? null;
  }

  /**
   * Log records by time, also those without a trace.
   *
   * @throws InvalidCursorError
   */
  logs(options: LogsOptions): Promise<LogPage> {
    return logPage(this.pool, options);
  }

  /**
   * The links of a span, or the links to it, each with its other end; `null` if the span is
   * missing. For spans with many links, roll-up and completeness may be a second old.
   *
   * @throws InvalidCursorError
   */
  async links(traceId: string, spanId: string, options: LinksOptions): Promise<LinkPage | null> {
    return spanLinks(this.pool, this.#linkTotals, traceId, spanId, options, new LinkObjects());
  }

  /** The same as JSON. Links become JSON as they come in. */
  async linksJson(traceId: string, spanId: string, options: LinksOptions): Promise<string | null> {
    const page = await spanLinks(this.pool, this.#linkTotals, traceId, spanId, options, new LinkJson());
    if (!page) return null;
    const { direction, links, ...rest } = page;
    return `{"direction":"${direction}","links":${links},${JSON.stringify(rest).slice(1)}`;
  }

  /**
   * The keys of attributes of a span's links in one direction and of their other ends; `null` if
   * the span is missing.
   */
  async linkAttributes(
    traceId: string,
    spanId: string,
    direction: LinkDirection,
  ): Promise<LinkAttributes | null> {
    const own = await this.#ownSpan(traceId, spanId);
    return own && linkAttributes(this.pool, own, direction);
  }

  /** The links that pass a filter, by the text of an attribute; `null` if the span is missing. */
  async linkGroups(
    traceId: string,
    spanId: string,
    { direction, filter = {} }: Pick<LinksOptions, 'direction' | 'filter'>,
    by: LinkAttribute,
  ): Promise<LinkGroups | null> {
    const own = await this.#ownSpan(traceId, spanId);
    return own && linkGroups(this.pool, own, direction, filter, by);
  }

  /** The traces around a trace; `null` if it, or the requested span, is missing. */
  async graph(traceId: string, options: GraphOptions = {}): Promise<LinkGraph | null> {
    const [summary] = await this.summaries([traceId]);
    const rowId = options.spanId === undefined ? null : await this.#spanRowId(traceId, options.spanId);
    if (!summary || rowId === undefined) return null;
    return linkGraph(this.pool, traceId, rowId, options, (traceIds) => this.summaries(traceIds));
  }

  /**
   * All data of the stored traces, in the requested order. Large traces have only their first
   * spans.
   */
  async fullTraces(
    traceIds: readonly string[],
    options: { readonly spanLimit?: number } = {},
  ): Promise<FullTrace[]> {
    return fullTraces(this.pool, traceIds, options.spanLimit ?? MAX_TRACE_SPANS);
  }

  /** All data of all spans of a trace, in time order, page by page. */
  spansOf(traceId: string, spansPerPage: number): AsyncGenerator<readonly FullSpan[]> {
    return fullSpanPages(this.pool, traceId, spansPerPage);
  }

  /** In alphabetical order; at most 1,000, with at most 1,000 operations each. */
  services(): Promise<ServiceList> {
    return serviceList(this.pool);
  }

  /** Names and kinds of a service's spans, in alphabetical order; at most 1,000. */
  operations(service: string): Promise<Operation[]> {
    return operationList(this.pool, service);
  }

  /**
   * Keys of recent spans, resources, scopes, events or links, most frequent first, at most 50. Case
   * does not matter.
   */
  attributeKeys(prefix: string, owner: AttributeOwner = 'attribute'): Promise<string[]> {
    return attributeKeys(this.pool, owner, prefix, SUGGESTIONS);
  }

  /**
   * Values of recent spans, resources, scopes, events or links as text, most frequent first, at
   * most 50. Case does not matter.
   */
  attributeValues(key: string, prefix: string, owner: AttributeOwner = 'attribute'): Promise<string[]> {
    return attributeValues(this.pool, owner, key, prefix, SUGGESTIONS);
  }

  stats(): Promise<StoreFigures> {
    return storeFigures(this.pool);
  }

  /**
   * Calls and links between services, from spans that started between two times; from the newest
   * 100,000 if there are more.
   */
  dependencies(fromNs: bigint, toNs: bigint): Promise<Dependencies> {
    return serviceDependencies(this.pool, fromNs, toNs);
  }

  async #spanRowId(traceId: string, spanId: string): Promise<string | undefined> {
    return (await this.#ownSpan(traceId, spanId))?.id;
  }

  async #ownSpan(traceId: string, spanId: string): Promise<OwnSpan | null> {
    const { rows } = await this.pool.query<LinkOwner>({
      ...OWN_SPAN,
      values: [traceId, Buffer.from(spanId, 'hex')],
    });
    return rows[0] ? ownSpanOf({ traceId, spanId }, rows[0]) : null;
  }
}
