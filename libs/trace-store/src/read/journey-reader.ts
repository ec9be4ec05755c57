import {
  isJourneyTerm,
  type JourneyOfTrace,
  type JourneyPage,
  type JourneySort,
  type JourneyTerm,
  type JourneyView,
  type Query,
} from '@span-links/explorer-api';
import type pg from 'pg';
import { UsualHandOffs } from '../journeys/hand-offs.ts';
import { JourneyGraph } from '../journeys/journey-graph.ts';
import { journeyFrom } from '../journeys/journey.ts';
import { TableSpanReader } from '../journeys/span-reader.ts';
import { Turns } from '../journeys/turns.ts';
import { journeySummary, type JourneyRow } from '../journeys/stored-journey.ts';
import { readSql } from '../sql.ts';
import { INT64_PART } from './page-cursor.ts';
import { preparedStatement } from './prepared-statement.ts';
import { search, type SearchList, type SearchOptions } from './search.ts';
import { compare } from './field-condition.ts';
import type { SqlParameters } from './sql-parameters.ts';

// The best plan depends on the parameters.
const JOURNEYS_OF_LINK = readSql('read/journeys-of-link');
const MOST_CROSSING_SPANS = 5_000;
const MOST_CROSSED = 2_000;
const INT64_MAX = 2n ** 63n - 1n;
const JOURNEYS = preparedStatement('journeys');
const JOURNEY_OF_TRACE = preparedStatement('journey-of-trace');
const JOURNEY_TRACES = preparedStatement('journey-traces');
/** A longer journey is shown with this many of its first traces. */
const MOST_TRACES_SHOWN = 2_000;

export interface JourneySearchOptions extends SearchOptions {
  readonly sort?: JourneySort | undefined;
  /** Only journeys that crossed these links of the map. */
  readonly crossed?: CrossedLink | undefined;
}

/** Links of the map whose linking span started in a time range and whose wait was in a range. */
export interface CrossedLink {
  readonly links: readonly number[];
  readonly fromNs?: bigint | undefined;
  readonly toNs?: bigint | undefined;
  readonly waitFromNs?: bigint | undefined;
  readonly waitToNs?: bigint | undefined;
}

/** Reads the journeys that the upkeep has written, about two seconds after their spans came in. */
export class JourneyReader {
  constructor(private readonly pool: pg.Pool) {}

  /**
   * Journeys that fulfil the terms about journeys and have a span that fulfils the other terms.
   *
   * @throws InvalidCursorError
   */
  async search(
    query: Query,
    { sort = 'newest', crossed, ...options }: JourneySearchOptions,
  ): Promise<JourneyPage> {
    const terms = query.terms.filter(isJourneyTerm);
    const { fromNs, toNs, ...page } = options;
    const among = crossed && (await this.#journeysOver(crossed));
    const list = journeyList(sort, terms, { fromNs, toNs, among });
    const ofSpans = { terms: query.terms.filter((term) => !isJourneyTerm(term)) };
    const { keys, nextCursor, searchedBackTo } = await search(this.pool, list, ofSpans, page);
    const { rows } = await this.pool.query<JourneyRow>({
      ...JOURNEYS,
      values: [keys.map(([, journeyId]) => journeyId)],
    });
    return {
      journeys: rows.map(journeySummary),
      nextCursor,
      // Only the order by time has a time down to which it searched.
      searchedBackTo: sort === 'newest' ? searchedBackTo : null,
    };
  }

  async #journeysOver({ links, fromNs, toNs, waitFromNs, waitToNs }: CrossedLink): Promise<string[]> {
    const { rows } = await this.pool.query<{ journey_id: string }>(JOURNEYS_OF_LINK, [
      links,
      fromNs ?? 0n,
      toNs ?? INT64_MAX,
      waitFromNs ?? 0n,
      waitToNs ?? INT64_MAX,
      MOST_CROSSING_SPANS,
      MOST_CROSSED,
    ]);
    return rows.map(({ journey_id }) => journey_id.replaceAll('-', ''));
  }

  /** The journey that a trace begins or belongs to; `null` if there is none. */
  async journey(traceId: string): Promise<JourneyView | null> {
    const found = await journeyOfTrace(this.pool, traceId);
    if (!found) return null;
    const { journeyId, memberOf } = found;
    const [{ rows }, traces] = await Promise.all([
      this.pool.query<JourneyRow>({ ...JOURNEYS, values: [[journeyId]] }),
      this.pool.query<{ trace_id: string }>({ ...JOURNEY_TRACES, values: [journeyId, MOST_TRACES_SHOWN] }),
    ]);
    if (!rows[0]) return null;
    const traceIds = new Set([journeyId, ...traces.rows.map(({ trace_id }) => trace_id)]);
    const spans = await new TableSpanReader(this.pool).spansOf([...traceIds]);
    const graph = await JourneyGraph.of(spans, new Turns());
    const moment = { nowNs: BigInt(Math.round(rows[0].now_ms)) * 1_000_000n, quietMs: 0 };
    const { units, unitCount } = journeyFrom(graph, journeyId, new UsualHandOffs(), moment);
    return { summary: journeySummary(rows[0]), units: units(), unitCount, memberOf };
  }
}

/** The journey to show for a trace; `null` if there is none. */
export async function journeyOfTrace(pool: pg.Pool, traceId: string): Promise<JourneyOfTrace | null> {
  const { rows } = await pool.query<{
    journey_id: string;
    member_of: string;
    item: JourneyOfTrace['item'];
  }>({ ...JOURNEY_OF_TRACE, values: [traceId] });
  const [found] = rows;
  return found ? { journeyId: found.journey_id, item: found.item, memberOf: Number(found.member_of) } : null;
}

const SORT_COLUMNS = { newest: 't.start_ns', total: 't.total_ns', waiting: 't.wait_ns' } as const;

/** Each sort has its own list because a cursor of one means nothing in another. */
function journeyList(
  sort: JourneySort,
  terms: readonly JourneyTerm[],
  { fromNs, toNs, among }: Pick<SearchOptions, 'fromNs' | 'toNs'> & { among?: readonly string[] | undefined },
): SearchList {
  return {
    format: { list: `j-${sort}`, parts: [INT64_PART, /^[0-9a-f]{32}$/] },
    firstWindow: 50,
    walkLimit: 4_000,
    table: 'journeys t',
    stretches: () => [{ table: () => 'journeys t', where: () => [] }],
    startColumn: SORT_COLUMNS[sort],
    idColumn: 't.journey_id',
    lowestId: '0'.repeat(32),
    startsWithMatch: false,
    isInTimeOrder: sort === 'newest',
    always: 'true',
    also: (parameters) => [
      ...terms.map((term) => journeyCondition(term, parameters)),
      ...(among === undefined ? [] : [`t.journey_id = ANY (${parameters.traceIds(among)})`]),
      ...(fromNs === undefined ? [] : [`t.start_ns >= ${parameters.bigint(fromNs)}`]),
      ...(toNs === undefined ? [] : [`t.start_ns <= ${parameters.bigint(toNs)}`]),
    ],
    idParameter: (parameters, id) => parameters.traceId(id),
    walked: () => [],
    matches: (plan, parameters) => {
      const ofSpan = plan.conditions.map((condition) => condition(parameters)).join(' AND ');
      return `(SELECT true FROM journey_traces m
        CROSS JOIN LATERAL (SELECT * FROM spans WHERE trace_id = m.trace_id OFFSET 0) s
        WHERE m.journey_id = t.journey_id AND ${ofSpan} AND ${isOwn('s.attributes', "t.story -> 'item'")}
        LIMIT 1) IS TRUE`;
    },
    // An OFFSET fence, as in the search for traces.
    fromCandidates: `(SELECT DISTINCT m.journey_id FROM c
      CROSS JOIN LATERAL (SELECT journey_id FROM journey_traces WHERE trace_id = c.trace_id OFFSET 0) m
      CROSS JOIN LATERAL (SELECT story -> 'item' AS item FROM journeys WHERE journey_id = m.journey_id OFFSET 0) j
      WHERE c.matches AND ${isOwn('(SELECT attributes FROM spans WHERE id = c.id)', 'j.item')}) y
      CROSS JOIN LATERAL (SELECT * FROM journeys WHERE journey_id = y.journey_id OFFSET 0) t`,
  };
}

/**
 * True if a span does not name another item. One span of a batch must not find the journeys of all
 * orders in the batch.
 */
function isOwn(attributes: string, item: string): string {
  const value = `(${item} ->> 'value')`;
  return `coalesce(${attributes} ->> (${item} ->> 'key'), ${value}) IS NOT DISTINCT FROM ${value}`;
}

/** As `shownState` in src/journeys/journey-state.ts. */
const SHOWN_STATE = `CASE WHEN t.settles_at > now() THEN 'settling'
  WHEN t.state = 'waiting' AND t.overdue_at <= now() THEN 'overdue' ELSE t.state END`;

function journeyCondition(term: JourneyTerm, parameters: SqlParameters): string {
  switch (term.field) {
    case 'journey.wait':
      return compare('t.wait_ns', term.operator, term.valueNs, parameters);
    case 'journey.total':
      return compare('t.total_ns', term.operator, term.valueNs, parameters);
    case 'journey.state': {
      const states = parameters.texts(term.values);
      if (term.operator === '!=') return `${SHOWN_STATE} <> ALL (${states})`;
      // Only the plain column has an index. A wanted state is stored as itself, or another stored
      // state becomes it with time.
      const stored = term.values.flatMap((state) =>
        state === 'overdue' ? 'waiting' : state === 'settling' ? ['done', 'failed', 'undone'] : state,
      );
      return `(t.state = ANY (${parameters.texts(stored)}) AND ${SHOWN_STATE} = ANY (${states}))`;
    }
  }
}
