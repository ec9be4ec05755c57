import type { TraceNames } from '@span-links/explorer-api';
import type pg from 'pg';
import { spanNames } from '../journeys/item-name.ts';
import { preparedStatement } from './prepared-statement.ts';

const TRACE_NAMES = preparedStatement('trace-names');

interface NameRow {
  readonly trace_id: string;
  readonly key: string;
  readonly value: string;
}

/** The attributes that may tell traces apart, by trace. */
export async function traceNames(pool: pg.Pool, traceIds: readonly string[]): Promise<TraceNames> {
  const { rows } = await pool.query<NameRow>({ ...TRACE_NAMES, values: [traceIds] });
  const attributes = new Map<string, Record<string, string>>();
  for (const { trace_id: traceId, key, value } of rows) {
    attributes.set(traceId, { ...attributes.get(traceId), [key]: value });
  }
  const names = [...attributes].flatMap(([traceId, all]) => {
    const found = spanNames(all);
    return found ? [[traceId, found] as const] : [];
  });
  return { names: Object.fromEntries(names) };
}
