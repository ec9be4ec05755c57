import type { PageKey, PageKeyFormat } from './page-cursor.ts';
import type { SearchPlan } from './search-plan.ts';
import type { SqlParameters } from './sql-parameters.ts';
import type { TagFilter } from './tag-condition.ts';

/** The part of the matches to return. */
export interface SearchOptions {
  /** The maximum number of rows. */
  readonly limit: number;
  /** The `nextCursor` of the previous page. */
  readonly cursor?: string | null | undefined;
  /** The start of a matching span lies between these unix times in ns, both included. */
  readonly fromNs?: bigint | undefined;
  readonly toNs?: bigint | undefined;
  /**
   * Tags that must hold for the same span that fulfils the query. No index knows them, so the
   * search walks back in time.
   */
  readonly tags?: readonly TagFilter[] | undefined;
}

/** The field that a page of matches adds to a page. */
export interface SearchedBack {
  /**
   * Unix time in ns down to which the search got if it ended before the page was full and before
   * the store's end. A search without an index looks at a limited number of rows. `nextCursor`
   * continues from there. Otherwise `null`.
   */
  readonly searchedBackTo: string | null;
}

/** Keys of the matches, in the order of the list. */
export interface FoundKeys extends SearchedBack {
  readonly keys: readonly PageKey[];
  readonly nextCursor: string | null;
}

export type TimeRange = Pick<SearchOptions, 'fromNs' | 'toNs'>;

/** A part of a list that an index walks over. */
export interface Stretch {
  /** A FROM item with the list's alias. */
  readonly table: (parameters: SqlParameters) => string;
  readonly where: (parameters: SqlParameters) => readonly string[];
}

/** The differences between the searches for spans and for traces. */
export interface SearchList {
  readonly format: PageKeyFormat;
  /**
   * Rows to walk over at first, and in total. This number times the spans of a trace is the number
   * of spans to read.
   */
  readonly firstWindow: number;
  readonly walkLimit: number;
  readonly table: 'spans s' | 'traces t' | 'journeys t';
  /** The places of the rows of a time range, newest first, one after the other. */
  readonly stretches: (range: TimeRange) => readonly Stretch[];
  readonly startColumn: string;
  readonly idColumn: string;
  readonly lowestId: string;
  /** True if a row starts when its matching span does. A trace may have begun long before. */
  readonly startsWithMatch: boolean;
  /**
   * True if `startColumn` is a time. Otherwise blocks, which are in time order, cannot say how far
   * a page reaches.
   */
  readonly isInTimeOrder: boolean;
  /** A condition that holds for every row of the list and its index. */
  readonly always: string;
  /** Conditions besides the query. */
  readonly also?: (parameters: SqlParameters) => readonly string[];
  readonly idParameter: (parameters: SqlParameters, id: string) => string;
  /** Conditions on the rows that a walk counts. They are cheap or known to an index. */
  readonly walked: (plan: SearchPlan) => readonly string[];
  /** The condition that a row matches. */
  readonly matches: (plan: SearchPlan, parameters: SqlParameters) => string;
  /** From the candidates `c (id, start_ns, trace_id, matches)` to the rows of the list. */
  readonly fromCandidates: string;
}
