import type { LogPage, LogRecord } from '@span-links/explorer-api';
import type { InfiniteData } from '@tanstack/react-query';

export type LogPages = InfiniteData<LogPage, string | null>;

// Otherwise a page that is open all day would hold every record of the day.
const MOST_FOLLOWED = 1_000;

export function logsOf(pages: LogPages | undefined): LogRecord[] {
  return pages?.pages.flatMap(({ logs }) => logs) ?? [];
}

/** The records of a first page that the pages do not have. */
export function newIn(pages: LogPages, first: LogPage): LogRecord[] {
  const known = new Set(logsOf(pages).map(({ id }) => id));
  return first.logs.filter(({ id }) => !known.has(id));
}

/**
 * The newest records, followed by the older ones if there is no gap between them. Many older ones
 * are left out: the end of the list loads them again.
 */
export function withFirstPage(pages: LogPages, first: LogPage): LogPages {
  const rows = logsOf(pages);
  const lastId = first.logs.at(-1)?.id;
  const joint = rows.findIndex(({ id }) => id === lastId);
  const top = new Set(first.logs.map(({ id }) => id));
  const rest = joint < 0 ? [] : rows.slice(joint + 1).filter(({ id }) => !top.has(id));
  if (rest.length === 0 || rest.length > MOST_FOLLOWED) return { pages: [first], pageParams: [null] };
  const end = pages.pages.at(-1)!;
  // The records after the joint continue this page, so it is full.
  const head = { ...first, searchedBackTo: null };
  return { pages: [head, { ...end, logs: rest }], pageParams: [null, first.nextCursor] };
}
