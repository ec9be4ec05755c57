import {
  LINK_SORTS,
  linkAttributeOf,
  parseLinkQuery,
  SPAN_STATUSES,
  type LinkAttributeOwner,
  type LinkSort,
  type SpanStatus,
} from '@span-links/explorer-api';
import { textIn, type Parameters } from '../app/address-text.ts';
import type { LinkSearch } from '../api/queries.ts';

export const LINK_STATES = [...SPAN_STATUSES, 'unresolved'] as const;
/** The status of the other end, or that it is missing. */
export type LinkState = (typeof LINK_STATES)[number];

export const LINK_GROUPINGS = ['service', 'status', 'relation'] as const;
/** An attribute of either end, such as `attr.order.id`. */
export type AttributeGrouping = `${LinkAttributeOwner}.${string}`;
export type LinkGrouping = (typeof LINK_GROUPINGS)[number] | AttributeGrouping;

/** The settings of the Links tab in the address. A leading minus sorts from the large end. */
export interface LinkView {
  readonly linkText?: string;
  readonly linkService?: string;
  readonly linkState?: LinkState;
  readonly linkSort?: LinkSort | `-${LinkSort}`;
  readonly linkGroup?: LinkGrouping;
  /** Terms about attributes of either end. */
  readonly linkWhere?: string;
  /** The least gap, and the end of the gaps, which is not included; in ns. */
  readonly linkGapFrom?: number;
  readonly linkGapTo?: number;
}

const TEXT_MAX = 500;

/** Reads the settings from the parameters of an address. Invalid values are left out. */
export function linkViewOf(search: Parameters): LinkView {
  const { linkSort } = search;
  const sort = LINK_SORTS.find((name) => name === linkSort || `-${name}` === linkSort);
  // The default order is not in the address.
  const isPlain = linkSort === 'index';
  return {
    ...textOf('linkText', search['linkText']),
    ...textOf('linkService', search['linkService']),
    ...wordOf('linkState', LINK_STATES, search['linkState']),
    ...(sort !== undefined && !isPlain && { linkSort: linkSort as NonNullable<LinkView['linkSort']> }),
    ...groupOf(search['linkGroup']),
    ...whereOf(search['linkWhere']),
    ...gapOf('linkGapFrom', search['linkGapFrom']),
    ...gapOf('linkGapTo', search['linkGapTo']),
  };
}

/** The request to the server. Groups have further requests. */
export function linkSearchOf(view: LinkView): LinkSearch {
  const { linkText, linkService, linkState, linkSort, linkWhere, linkGapFrom, linkGapTo } = view;
  const { sort, isDescending } = sortOf(linkSort);
  return {
    ...(linkText !== undefined && { text: linkText }),
    ...(linkService !== undefined && { service: linkService }),
    ...(linkState !== undefined && stateSearch(linkState)),
    ...(linkWhere !== undefined && { q: linkWhere }),
    ...(linkGapFrom !== undefined && { gapFrom: linkGapFrom }),
    ...(linkGapTo !== undefined && { gapTo: linkGapTo }),
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

/**
 * The order after a click on a column head: small end first, then large end first, then the links'
 * own order.
 */
export function nextSort(current: LinkView['linkSort'], column: LinkSort): LinkView['linkSort'] {
  const { sort, isDescending } = sortOf(current);
  if (sort !== column) return column;
  if (!isDescending) return `-${column}`;
  return undefined;
}

/** The change of the view that shows all links again. */
export const NO_FILTER = {
  linkText: undefined,
  linkService: undefined,
  linkState: undefined,
  linkWhere: undefined,
  linkGapFrom: undefined,
  linkGapTo: undefined,
} satisfies { readonly [Key in keyof LinkView]?: undefined };

/** True if any links are left out. */
export function isFiltered(view: LinkView): boolean {
  return Object.keys(NO_FILTER).some((key) => view[key as keyof typeof NO_FILTER] !== undefined);
}

function textOf(name: 'linkText' | 'linkService', value: unknown): LinkView {
  const text = textIn(value).slice(0, TEXT_MAX);
  return text.trim() !== '' ? { [name]: text } : {};
}

function wordOf<Word extends string>(name: keyof LinkView, words: readonly Word[], value: unknown): LinkView {
  const word = words.find((candidate) => candidate === value);
  return word === undefined ? {} : { [name]: word };
}

function gapOf(name: 'linkGapFrom' | 'linkGapTo', value: unknown): LinkView {
  const isNumber =
    (typeof value === 'string' || typeof value === 'number') && /^-?\d{1,19}$/.test(String(value));
  return isNumber ? { [name]: Number(value) } : {};
}

function groupOf(value: unknown): LinkView {
  if (typeof value === 'string' && isAttributeGrouping(value)) return { linkGroup: value };
  return wordOf('linkGroup', LINK_GROUPINGS, value);
}

export function isAttributeGrouping(grouping: string): grouping is AttributeGrouping {
  return grouping.length <= TEXT_MAX && linkAttributeOf(grouping) !== undefined;
}

function whereOf(value: unknown): LinkView {
  const isQuery = typeof value === 'string' && value.trim() !== '' && parseLinkQuery(value).ok;
  return isQuery ? { linkWhere: value } : {};
}
