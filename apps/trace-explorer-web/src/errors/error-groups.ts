import { formatQuery, type ErrorGroup, type Term } from '@span-links/explorer-api';
import type { ErrorKey } from '../app/address.ts';

/** Errors that have a key in common. */
export interface ErrorRow {
  readonly key: string;
  readonly title: string;
  readonly count: number;
  /** The group with the last error of the row. */
  readonly latest: ErrorGroup;
  /** The sources of the errors, most frequent first. */
  readonly sources: readonly string[];
  readonly query: string;
}

const TITLES: Readonly<Record<ErrorKey, (group: ErrorGroup) => string>> = {
  message: ({ message }) => message ?? 'no message',
  exception: ({ exception }) => exception ?? 'no exception recorded',
  operation: ({ operation }) => operation || '(no name)',
  service: ({ service }) => service,
};

/** Joins groups with the same key, most frequent first. */
export function errorRows(groups: readonly ErrorGroup[], by: ErrorKey): ErrorRow[] {
  const rows = new Map<string, ErrorGroup[]>();
  for (const group of groups) {
    const key = by === 'operation' ? `${group.service}\u001f${group.operation}` : TITLES[by](group);
    const known = rows.get(key);
    if (known) known.push(group);
    else rows.set(key, [group]);
  }
  return [...rows]
    .map(([key, members]) => rowOf(key, members, by))
    .sort((a, b) => b.count - a.count || (BigInt(a.latest.last) < BigInt(b.latest.last) ? 1 : -1));
}

function rowOf(key: string, members: readonly ErrorGroup[], by: ErrorKey): ErrorRow {
  const latest = members.reduce((last, group) => (BigInt(group.last) > BigInt(last.last) ? group : last));
  const sources = members
    .toSorted((a, b) => b.count - a.count)
    .map(({ service, operation }) => (by === 'service' ? operation : `${service} ${operation}`));
  return {
    key,
    title: TITLES[by](latest),
    count: members.reduce((sum, { count }) => sum + count, 0),
    latest,
    sources: [...new Set(sources)],
    query: queryOf(members),
  };
}

/** The search that finds traces with errors of these services and operations. */
function queryOf(members: readonly ErrorGroup[]): string {
  const place = { from: 0, to: 0, operator: '=' } as const;
  const services = [...new Set(members.map(({ service }) => service))].slice(0, 20);
  const operations = [...new Set(members.map(({ operation }) => operation))].slice(0, 20);
  const terms: Term[] = [
    { ...place, field: 'service', values: services },
    { ...place, field: 'name', values: operations },
    { ...place, field: 'status', values: ['error'] },
  ];
  return formatQuery({ terms });
}
