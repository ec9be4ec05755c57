import { JOURNEY_SORTS, LOG_SEVERITIES, type JourneySort, type LogSeverity } from '@span-links/explorer-api';
import { linkViewOf, type LinkView } from '../links/link-view.ts';
import { pictureViewOf, type PictureView } from '../picture/picture-view.ts';
import { recentMs, type TimeRange } from '../trace-list/time-range.ts';
import { waterfallAddressOf, type WaterfallAddress } from '../trace/waterfall-address.ts';
import { textIn, type Parameters } from './address-text.ts';

// The parameters of every page's address: their types, and how they are read. Each page shows what
// its address says. The file imports no component, so any component may import it.

/** The tabs of the detail panel. */
export const SPAN_TABS = ['overview', 'attributes', 'events', 'links', 'raw'] as const;
export type SpanTab = (typeof SPAN_TABS)[number];

/** The pictures of a trace. */
export const TRACE_VIEWS = ['waterfall', 'graph', 'timeline'] as const;
export type TraceViewName = (typeof TRACE_VIEWS)[number];

/** The address contains everything that determines the trace list. */
export interface ListSearch extends TimeRange {
  /** In the search language; see libs/explorer-api. */
  readonly q?: string;
}

/** The address of the list of journeys. */
export interface JourneysSearch extends ListSearch, CrossedLink {
  readonly sort?: JourneySort;
}

/**
 * A link of the map that journeys crossed, and which of its messages: by the time of their pick-up,
 * and by their wait.
 */
export interface CrossedLink {
  readonly link?: number;
  /** Unix times in ms. */
  readonly linkFrom?: number;
  readonly linkTo?: number;
  /** In ns. */
  readonly waitFrom?: number;
  readonly waitTo?: number;
}

/** The address of the map and the waits. */
export interface MapSearch extends TimeRange {
  /** Also shows operations within a service. */
  readonly inner?: 'true';
}

/** The address of a journey. */
export type JourneySearch = Pick<PictureView, 'unfold' | 'toScale'>;

/** The address of a trace. A reader who opens it sees the same as its sender. */
export interface TraceSearch extends LinkView, PictureView, WaterfallAddress {
  readonly spanId?: string;
  readonly tab?: SpanTab;
  readonly view?: TraceViewName;
}

/** The keys by which errors are grouped. */
export const ERROR_KEYS = ['message', 'exception', 'operation', 'service'] as const;
export type ErrorKey = (typeof ERROR_KEYS)[number];

/** The address of the errors. */
export interface ErrorsSearch extends TimeRange {
  readonly by?: ErrorKey;
}

/** The address of the log records. */
export interface LogsSearch extends TimeRange {
  /** Contained in the body. */
  readonly text?: string;
  readonly service?: string;
  /** The least severity. */
  readonly severity?: LogSeverity;
  readonly event?: string;
}

// Each reader leaves out a parameter with an invalid value. The page then shows its default, and
// the next change writes an address without the parameter.

export function journeysSearchOf(search: Parameters): JourneysSearch {
  return {
    ...listSearchOf(search),
    ...oneOf('sort', JOURNEY_SORTS, search['sort']),
    ...crossedLinkOf(search),
  };
}

export function mapSearchOf(search: Parameters): MapSearch {
  return { ...rangeOf(search), ...(String(search['inner']) === 'true' && { inner: 'true' }) };
}

export function errorsSearchOf(search: Parameters): ErrorsSearch {
  return { ...rangeOf(search), ...oneOf('by', ERROR_KEYS, search['by']) };
}

export function journeySearchOf(search: Parameters): JourneySearch {
  const { unfold, toScale } = pictureViewOf(search);
  return { ...(unfold !== undefined && { unfold }), ...(toScale !== undefined && { toScale }) };
}

export function logsSearchOf(search: Parameters): LogsSearch {
  return {
    ...textOf('text', search['text']),
    ...textOf('service', search['service']),
    ...oneOf('severity', LOG_SEVERITIES, search['severity']),
    ...textOf('event', search['event']),
    ...rangeOf(search),
  };
}

export function traceSearchOf(search: Parameters): TraceSearch {
  return {
    ...(/^[0-9a-f]{16}$/i.test(textIn(search['spanId'])) && {
      spanId: textIn(search['spanId']).toLowerCase(),
    }),
    ...oneOf('tab', SPAN_TABS, search['tab']),
    ...oneOf('view', TRACE_VIEWS, search['view']),
    ...linkViewOf(search),
    ...pictureViewOf(search),
    ...waterfallAddressOf(search),
  };
}

export function listSearchOf(search: Parameters): ListSearch {
  const q = textIn(search['q']);
  return {
    ...(q.trim() !== '' && { q }),
    ...rangeOf(search),
  };
}

export function rangeOf(search: Parameters): TimeRange {
  const last = String(search['last']);
  if (recentMs(last) !== undefined) return { last };
  return { ...numberOf('from', search['from']), ...numberOf('to', search['to']) };
}

function crossedLinkOf(search: Parameters): CrossedLink {
  const link = numberOf('link', search['link']);
  if (link.link === undefined) return {};
  return {
    ...link,
    ...numberOf('linkFrom', search['linkFrom']),
    ...numberOf('linkTo', search['linkTo']),
    ...numberOf('waitFrom', search['waitFrom']),
    ...numberOf('waitTo', search['waitTo']),
  };
}

// The API takes no longer texts.
const MOST_CHARACTERS = 500;

function textOf<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  const text = textIn(value).trim().slice(0, MOST_CHARACTERS);
  return (text === '' ? {} : { [name]: text }) as { [Key in Name]?: string };
}

function numberOf<Name extends string>(name: Name, value: unknown): { [Key in Name]?: number } {
  const number = Number(value);
  const isOne = value !== undefined && value !== '' && Number.isSafeInteger(number) && number >= 0;
  return (isOne ? { [name]: number } : {}) as { [Key in Name]?: number };
}

function oneOf<Name extends string, Word extends string>(
  name: Name,
  words: readonly Word[],
  value: unknown,
): { [Key in Name]?: Word } {
  const word = words.find((candidate) => candidate === value);
  return (word === undefined ? {} : { [name]: word }) as { [Key in Name]?: Word };
}
