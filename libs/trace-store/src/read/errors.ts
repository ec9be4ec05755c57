import type { ErrorPage, SpanMatches } from '@span-links/explorer-api';
import type pg from 'pg';
import { readSql } from '../sql.ts';
import { storableText } from '../write/storable-text.ts';

// Planned each time because the number of errors depends on the range.
const ERROR_GROUPS = readSql('read/error-groups');
const FIND_SPANS = readSql('read/find-spans');
const MOST_ERRORS = 5_000;
const MOST_GROUPS = 500;
const MOST_MATCHES = 1_000;
const MOST_WORDS = 20;

interface GroupRow {
  readonly service: string;
  readonly operation: string;
  readonly exception: string | null;
  readonly message: string | null;
  readonly count: number;
  readonly first: string;
  readonly last: string;
  readonly trace_id: string;
  readonly span_id: string;
  readonly total: number;
}

/** The newest errors that started in a time range, unix ns, grouped by their text. */
export async function errorGroups(pool: pg.Pool, fromNs: bigint, toNs: bigint): Promise<ErrorPage> {
  const { rows } = await pool.query<GroupRow>(ERROR_GROUPS, [fromNs, toNs, MOST_ERRORS, MOST_GROUPS + 1]);
  const total = rows[0]?.total ?? 0;
  return {
    groups: rows.slice(0, MOST_GROUPS).map(({ trace_id, span_id, total: _, ...group }) => ({
      ...group,
      traceId: trace_id,
      spanId: span_id,
    })),
    count: total,
    truncated: total >= MOST_ERRORS || rows.length > MOST_GROUPS,
  };
}

/** Spans of a trace that contain all words of a text in fields that the list does not show. */
export async function findSpans(pool: pg.Pool, traceId: string, text: string): Promise<SpanMatches> {
  const words = storableText(text.toLowerCase()).split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
  if (words.length === 0) return { spanIds: [], truncated: false };
  const { rows } = await pool.query<{ span_id: string }>(FIND_SPANS, [traceId, words, MOST_MATCHES + 1]);
  return {
    spanIds: rows.slice(0, MOST_MATCHES).map(({ span_id }) => span_id),
    truncated: rows.length > MOST_MATCHES,
  };
}
