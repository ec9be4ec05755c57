import type { ExplorerStats, ServiceList, SpanKind } from '@span-links/explorer-api';
import type pg from 'pg';
import { readSql } from '../sql.ts';
import { storableText } from '../write/storable-text.ts';
import { spanKind } from './span-row.ts';

/** The owner of an attribute: `order.id`, `resource.host.name`, `link.messaging.message.id`. */
export type AttributeOwner = 'attribute' | 'resource' | 'scope' | 'event' | 'log' | 'link';

/** The part of `ExplorerStats` that comes from the database. */
export type StoreFigures = Pick<
  ExplorerStats,
  'traces' | 'spans' | 'links' | 'logs' | 'bytes' | 'oldest' | 'newest'
>;

/** A name of spans, with one of their kinds. */
export interface Operation {
  readonly name: string;
  readonly kind: SpanKind;
}

/** A call from a span of one service to a span of another service, or a link. */
export interface ServicePair {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

export interface Dependencies {
  /** From the parent's service to the child's. */
  readonly calls: readonly ServicePair[];
  /** From the service of the linking span to the service of the target, also within one service. */
  readonly links: readonly ServicePair[];
  /** True if not all spans were read. */
  readonly truncated: boolean;
}

const MAX_SERVICES = 1_000;
const MAX_OPERATIONS = 1_000;
/**
 * Dependencies are computed from this many of the newest spans of the range: 0.3 s on two busy
 * cores (November 2026).
 */
const MAX_DEPENDENCY_SPANS = 100_000;

const SERVICES = readSql('read/services');
const OPERATIONS = readSql('read/operations');
const STORE_FIGURES = readSql('read/store-figures');
const SERVICE_CALLS = readSql('read/service-calls');
const SERVICE_LINKS = readSql('read/service-links');
const KEYS: Readonly<Record<AttributeOwner, string>> = {
  attribute: readSql('read/attribute-keys'),
  resource: readSql('read/resource-keys'),
  scope: readSql('read/scope-keys'),
  event: readSql('read/event-keys'),
  log: readSql('read/log-keys'),
  link: readSql('read/link-keys'),
};
const VALUES: Readonly<Record<AttributeOwner, string>> = {
  attribute: readSql('read/attribute-values'),
  resource: readSql('read/resource-values'),
  scope: readSql('read/scope-values'),
  event: readSql('read/event-values'),
  log: readSql('read/log-values'),
  link: readSql('read/link-values'),
};

export async function serviceList(pool: pg.Pool): Promise<ServiceList> {
  const { rows } = await pool.query<ServiceList['services'][number]>(SERVICES, [
    MAX_SERVICES,
    MAX_OPERATIONS,
  ]);
  return { services: rows };
}

export async function operationList(pool: pg.Pool, service: string): Promise<Operation[]> {
  const { rows } = await pool.query<{ name: string; kind: number }>(OPERATIONS, [
    storableText(service),
    MAX_OPERATIONS,
  ]);
  return rows.map(({ name, kind }) => ({ name, kind: spanKind(kind) }));
}

export async function attributeKeys(
  pool: pg.Pool,
  owner: AttributeOwner,
  prefix: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await pool.query<{ key: string }>(KEYS[owner], [storableText(prefix), limit]);
  return rows.map(({ key }) => key);
}

export async function attributeValues(
  pool: pg.Pool,
  owner: AttributeOwner,
  key: string,
  prefix: string,
  limit: number,
): Promise<string[]> {
  const parameters = [storableText(key), storableText(prefix), limit];
  const { rows } = await pool.query<{ value: string }>(VALUES[owner], parameters);
  return rows.map(({ value }) => value);
}

export async function storeFigures(pool: pg.Pool): Promise<StoreFigures> {
  const { rows } = await pool.query<Record<keyof StoreFigures, string | null>>(STORE_FIGURES);
  const row = rows[0]!;
  return {
    traces: Number(row.traces),
    spans: Number(row.spans),
    links: Number(row.links),
    logs: Number(row.logs),
    bytes: Number(row.bytes),
    oldest: row.oldest,
    newest: row.newest,
  };
}

/** Reads spans that started between two unix times in ns, both included. */
export async function serviceDependencies(
  pool: pg.Pool,
  fromNs: bigint,
  toNs: bigint,
): Promise<Dependencies> {
  const range = [String(fromNs), String(toNs)];
  const parameters = [...range, MAX_DEPENDENCY_SPANS];
  const [calls, links, beyond] = await Promise.all([
    pool.query<ServicePair>(SERVICE_CALLS, parameters),
    pool.query<ServicePair>(SERVICE_LINKS, parameters),
    pool.query(
      `SELECT FROM spans WHERE start_ns >= $1::bigint AND start_ns <= $2::bigint
       ORDER BY start_ns DESC, id DESC OFFSET ${MAX_DEPENDENCY_SPANS} LIMIT 1`,
      range,
    ),
  ]);
  return {
    calls: calls.rows,
    links: links.rows,
    truncated: beyond.rows.length > 0,
  };
}
