import type { LogPage } from '@span-links/explorer-api';
import type pg from 'pg';
import { sqlState } from '../database-away.ts';
import { logRecord, LOG_COLUMNS, type LogRow } from './log-row.ts';
import {
  decodeCursor,
  encodeCursor,
  INT64_PART,
  SMALL_INTEGER_PART,
  type PageKey,
  type PageKeyFormat,
} from './page-cursor.ts';
import { SqlParameters } from './sql-parameters.ts';

/** The log records to read. All given conditions must hold. */
export interface LogsOptions {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  readonly cursor?: string | undefined;
  readonly service?: string | undefined;
  /** The least severity number. */
  readonly severity?: number | undefined;
  readonly event?: string | undefined;
  /** A text in the body, in any case. */
  readonly text?: string | undefined;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly fromNs?: bigint | undefined;
  readonly toNs?: bigint | undefined;
}

type Condition = (parameters: SqlParameters) => string;

const KEY_PARTS = [INT64_PART, INT64_PART, SMALL_INTEGER_PART];
const LISTS = {
  asc: { list: 'la', parts: KEY_PARTS },
  desc: { list: 'ld', parts: KEY_PARTS },
} as const satisfies Record<LogsOptions['order'], PageKeyFormat>;

/** The bounds of a walk over records that no index selects. */
export interface LogWalkBounds {
  /** Records to look at first, and in total. A look takes 2 to 4 µs with bodies of 200 bytes. */
  readonly firstWindow: number;
  readonly walkLimit: number;
  /** A walk that has taken this long is not continued for this page. */
  readonly walkMs: number;
}

const BOUNDS: LogWalkBounds = { firstWindow: 2_000, walkLimit: 500_000, walkMs: 1_500 };
/** SQLSTATE query_canceled: the statement timeout. */
const CANCELLED = '57014';
/** A service of more resources is found by walking over the records of all services. */
const MAX_RESOURCES = 20;

/**
 * Log records in time order. An index finds those of a trace, of an event name, of a service and of
 * a time range. A text, a severity and a span alone have none: the records are looked at one by one
 * in growing windows, up to a bound.
 *
 * @throws {InvalidCursorError}
 */
export async function logPage(
  pool: pg.Pool,
  options: LogsOptions,
  bounds: LogWalkBounds = BOUNDS,
): Promise<LogPage> {
  const after = options.cursor === undefined ? undefined : decodeCursor(LISTS[options.order], options.cursor);
  const resources = options.service === undefined ? undefined : await resourcesOf(pool, options.service);
  if (resources?.length === 0) return { logs: [], nextCursor: null, searchedBackTo: null };
  return new LogWalk(pool, options, planLogs(options, resources), bounds).page(after);
}

async function resourcesOf(pool: pg.Pool, service: string): Promise<number[]> {
  const parameters = new SqlParameters();
  const { rows } = await pool.query<{ id: number }>(
    `SELECT id FROM resources WHERE service = ${parameters.text(service)}`,
    parameters.values,
  );
  return rows.map(({ id }) => id);
}

interface LogPlan {
  /** Conditions that the index of the list answers. */
  readonly indexed: readonly Condition[];
  /** Conditions that each record is looked at for. */
  readonly others: readonly Condition[];
  /** The resources whose lists are merged; `undefined` if one index has the list. */
  readonly resources: readonly number[] | undefined;
}

function planLogs(
  { traceId, spanId, event, severity, text }: LogsOptions,
  resources: readonly number[] | undefined,
): LogPlan {
  const indexed: Condition[] = [];
  const others: Condition[] = [];
  if (traceId !== undefined) indexed.push((parameters) => `l.trace_id = ${parameters.traceId(traceId)}`);
  if (spanId !== undefined)
    (traceId === undefined ? others : indexed).push(
      (parameters) => `l.span_id = ${parameters.spanId(spanId)}`,
    );
  if (event !== undefined)
    (traceId === undefined ? indexed : others).push(
      (parameters) => `l.event_name = ${parameters.text(event)}`,
    );
  if (severity !== undefined)
    others.push((parameters) => `l.severity >= ${parameters.bigint(severity)}::smallint`);
  if (text !== undefined)
    others.push((parameters) => `strpos(lower(l.body), lower(${parameters.text(text)})) > 0`);
  const areMerged = indexed.length === 0 && resources !== undefined && resources.length <= MAX_RESOURCES;
  if (resources && !areMerged)
    others.push((parameters) => `l.resource = ANY (${parameters.integers(resources)})`);
  return { indexed, others, resources: areMerged ? resources : undefined };
}

class LogWalk {
  readonly #order: 'ASC' | 'DESC';

  constructor(
    private readonly pool: pg.Pool,
    private readonly options: LogsOptions,
    private readonly plan: LogPlan,
    private readonly bounds: LogWalkBounds,
  ) {
    this.#order = options.order === 'asc' ? 'ASC' : 'DESC';
  }

  async page(after: PageKey | undefined): Promise<LogPage> {
    const wanted = this.options.limit + 1;
    if (this.plan.others.length === 0) return this.#answer(await this.#rows(after, undefined, wanted));
    const { firstWindow, walkLimit, walkMs } = this.bounds;
    const began = performance.now();
    const found: LogRow[] = [];
    let position = after;
    let walked = 0;
    for (let window = firstWindow; ; window *= 4) {
      if (walked > 0 && (walked >= walkLimit || performance.now() - began > walkMs))
        return this.#answer(found, position);
      const size = Math.min(window, Math.max(firstWindow, walkLimit - walked));
      try {
        const end = await this.#windowEnd(position, size);
        found.push(...(await this.#rows(position, end, wanted - found.length)));
        if (found.length >= wanted || end === undefined) return this.#answer(found);
        position = end;
        walked += size;
      } catch (error) {
        // The earlier windows are an answer.
        if (walked > 0 && sqlState(error) === CANCELLED) return this.#answer(found, position);
        throw error;
      }
    }
  }

  /** The last record of a window of this many; `undefined` if the list ends before. */
  async #windowEnd(after: PageKey | undefined, size: number): Promise<PageKey | undefined> {
    const parameters = new SqlParameters();
    const { rows } = await this.pool.query<Pick<LogRow, 'time_ns' | 'batch' | 'idx'>>(
      `SELECT l.time_ns, l.batch, l.idx FROM ${this.#list(parameters, after, undefined, size)}
       ORDER BY ${this.#inOrder('l')} OFFSET ${size - 1} LIMIT 1`,
      parameters.values,
    );
    return rows[0] && keyOf(rows[0]);
  }

  /** The matches after one record, up to another one, which is included. */
  async #rows(after: PageKey | undefined, end: PageKey | undefined, limit: number): Promise<LogRow[]> {
    const parameters = new SqlParameters();
    const others = this.plan.others.map((condition) => condition(parameters));
    // Without other conditions, each list only has to give a page.
    const most = others.length === 0 ? limit : undefined;
    const { rows } = await this.pool.query<LogRow>(
      `SELECT ${LOG_COLUMNS}
       FROM (SELECT l.* FROM ${this.#list(parameters, after, end, most)}
         WHERE ${['true', ...others].join(' AND ')} ORDER BY ${this.#inOrder('l')} LIMIT ${limit}) l
       JOIN resources r ON r.id = l.resource
       JOIN scopes c ON c.id = l.scope
       ORDER BY ${this.#inOrder('l')}`,
      parameters.values,
    );
    return rows;
  }

  /** A FROM item that yields the records of the list as `l`. @param most of each merged list. */
  #list(
    parameters: SqlParameters,
    after: PageKey | undefined,
    end: PageKey | undefined,
    most: number | undefined,
  ): string {
    const { resources, indexed } = this.plan;
    const where = [
      ...this.#range(parameters, after, end),
      ...indexed.map((condition) => condition(parameters)),
    ];
    // OFFSET 0 is a fence: the planner must not choose the index of another condition.
    const bound = most === undefined ? 'OFFSET 0' : `LIMIT ${most}`;
    const records = (more: readonly string[]) =>
      `(SELECT l.* FROM logs l WHERE ${['true', ...where, ...more].join(' AND ')} ORDER BY ${this.#inOrder('l')} ${bound})`;
    if (resources === undefined) return `${records([])} l`;
    return `unnest(${parameters.integers(resources)}) AS one (resource)
      CROSS JOIN LATERAL ${records(['l.resource = one.resource'])} l`;
  }

  #range(parameters: SqlParameters, after: PageKey | undefined, end: PageKey | undefined): string[] {
    const { fromNs, toNs, order } = this.options;
    const row = '(l.time_ns, l.batch, l.idx)';
    const key = (parts: PageKey) => `(${parts.map((part) => parameters.bigint(part)).join(', ')})`;
    const where: string[] = [];
    if (fromNs !== undefined) where.push(`l.time_ns >= ${parameters.bigint(fromNs)}`);
    if (toNs !== undefined) where.push(`l.time_ns <= ${parameters.bigint(toNs)}`);
    if (after) where.push(`${row} ${order === 'asc' ? '>' : '<'} ${key(after)}`);
    if (end) where.push(`${row} ${order === 'asc' ? '<=' : '>='} ${key(end)}`);
    return where;
  }

  #inOrder(alias: string): string {
    return ['time_ns', 'batch', 'idx'].map((column) => `${alias}.${column} ${this.#order}`).join(', ');
  }

  /** @param searchedTo is set if the walk ended before the list did. */
  #answer(rows: readonly LogRow[], searchedTo?: PageKey): LogPage {
    const { limit, order } = this.options;
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    const next = last ? keyOf(last) : searchedTo;
    return {
      logs: shown.map(logRecord),
      nextCursor: next ? encodeCursor(LISTS[order], next) : null,
      searchedBackTo: last ? null : (searchedTo?.[0] ?? null),
    };
  }
}

function keyOf({ time_ns, batch, idx }: Pick<LogRow, 'time_ns' | 'batch' | 'idx'>): PageKey {
  return [time_ns, batch, String(idx)];
}
