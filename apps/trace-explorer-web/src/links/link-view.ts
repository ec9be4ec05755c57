import { LINK_SORTS, SPAN_STATUSES, type LinkSort, type SpanStatus } from '@span-links/explorer-api';
import type { LinkSearch } from '../api/queries.ts';

export const LINK_STATES = [...SPAN_STATUSES, 'unresolved'] as const;
/** The status of the other end, or that it is not here. */
export type LinkState = (typeof LINK_STATES)[number];

export const LINK_GROUPINGS = ['service', 'status', 'relation'] as const;
export type LinkGrouping = (typeof LINK_GROUPINGS)[number];

/** How the Links tab shows its links, as it stands in the address. A leading minus sorts from the large end. */
export interface LinkView {
  readonly linkText?: string;
  readonly linkService?: string;
  readonly linkState?: LinkState;
  readonly linkSort?: LinkSort | `-${LinkSort}`;
  readonly linkGroup?: LinkGrouping;
}

const TEXT_MAX = 500;

/** Reads it from the parameters of an address; what makes no sense is left out. */
export function linkViewOf(search: Record<string, unknown>): LinkView {
  const { linkSort } = search;
  const sort = LINK_SORTS.find((name) => name === linkSort || `-${name}` === linkSort);
  // What every order starts from needs no word in the address.
  const isPlain = linkSort === 'index';
  return {
    ...textOf('linkText', search['linkText']),
    ...textOf('linkService', search['linkService']),
    ...wordOf('linkState', LINK_STATES, search['linkState']),
    ...(sort !== undefined && !isPlain && { linkSort: linkSort as NonNullable<LinkView['linkSort']> }),
    ...wordOf('linkGroup', LINK_GROUPINGS, search['linkGroup']),
  };
}

/** What the server is asked for it. Groups ask for more of their own. */
export function linkSearchOf({ linkText, linkService, linkState, linkSort }: LinkView): LinkSearch {
  const { sort, isDescending } = sortOf(linkSort);
  return {
    ...(linkText !== undefined && { text: linkText }),
    ...(linkService !== undefined && { service: linkService }),
    ...(linkState !== undefined && stateSearch(linkState)),
    ...(linkSort !== undefined && { sort, order: isDescending ? 'desc' : 'asc' }),
  };
}

export function stateSearch(state: LinkState): { status: SpanStatus } | { resolved: false } {
  return state === 'unresolved' ? { resolved: false } : { status: state };
}

export function sortOf(linkSort: LinkView['linkSort']): { sort: LinkSort; isDescending: boolean } {
  const isDescending = linkSort?.startsWith('-') ?? false;
  const name = isDescending ? linkSort?.slice(1) : linkSort;
  return { sort: LINK_SORTS.find((sort) => sort === name) ?? 'index', isDescending };
}

/** What a click on a column's head leads to: its small end first, then its large end, then the order of the links again. */
export function nextSort(current: LinkView['linkSort'], column: LinkSort): LinkView['linkSort'] {
  const { sort, isDescending } = sortOf(current);
  if (sort !== column) return column;
  if (!isDescending) return `-${column}`;
  return undefined;
}

/** Whether any links are left out. */
export function isFiltered({ linkText, linkService, linkState }: LinkView): boolean {
  return linkText !== undefined || linkService !== undefined || linkState !== undefined;
}

function textOf(name: 'linkText' | 'linkService', value: unknown): LinkView {
  return typeof value === 'string' && value.trim() !== '' ? { [name]: value.slice(0, TEXT_MAX) } : {};
}

function wordOf<Word extends string>(name: keyof LinkView, words: readonly Word[], value: unknown): LinkView {
  const word = words.find((candidate) => candidate === value);
  return word === undefined ? {} : { [name]: word };
}
