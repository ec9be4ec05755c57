import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  parseSearchWith,
  stringifySearchWith,
} from '@tanstack/react-router';
import { JOURNEY_SORTS, type JourneySort } from '@span-links/explorer-api';
import { linkViewOf, type LinkView } from '../links/link-view.ts';
import { recentMs, type TimeRange } from '../trace-list/time-range.ts';
import { pictureViewOf, type PictureView } from '../picture/picture-view.ts';
import { FailurePage, NotFoundPage } from './failure-page.tsx';
import { AppShell } from './app-shell.tsx';

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

/** The address of a trace. A reader who opens it sees the same as its sender. */
export interface TraceSearch extends LinkView, PictureView {
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

const rootRoute = createRootRoute({
  component: AppShell,
  errorComponent: FailurePage,
  notFoundComponent: NotFoundPage,
});

export const journeysRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: (search: Record<string, unknown>): JourneysSearch => ({
    ...listSearchOf(search),
    ...oneOf('sort', JOURNEY_SORTS, search['sort']),
    ...crossedLinkOf(search),
  }),
  component: lazyRouteComponent(() => import('../journeys/journeys-page.tsx'), 'JourneysPage'),
});

export const journeyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/journey/$journeyId',
  component: lazyRouteComponent(() => import('../journeys/journey-page.tsx'), 'JourneyPage'),
});

export const mapRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/map',
  validateSearch: (search: Record<string, unknown>): MapSearch => ({
    ...rangeOf(search),
    ...(String(search['inner']) === 'true' && { inner: 'true' }),
  }),
  component: lazyRouteComponent(() => import('../map/map-page.tsx'), 'MapPage'),
});

export const errorsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/errors',
  validateSearch: (search: Record<string, unknown>): ErrorsSearch => ({
    ...rangeOf(search),
    ...oneOf('by', ERROR_KEYS, search['by']),
  }),
  component: lazyRouteComponent(() => import('../errors/errors-page.tsx'), 'ErrorsPage'),
});

export const waitsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/waits',
  validateSearch: (search: Record<string, unknown>): MapSearch => rangeOf(search),
  component: lazyRouteComponent(() => import('../map/waits-page.tsx'), 'WaitsPage'),
});

export const listRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/traces',
  validateSearch: (search: Record<string, unknown>): ListSearch => listSearchOf(search),
  component: lazyRouteComponent(() => import('../trace-list/trace-list-page.tsx'), 'TraceListPage'),
});

/** The address that people type. */
const traceAliasRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/traces/$traceId',
  beforeLoad: ({ params }) => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way to lead elsewhere
    throw redirect({ to: '/trace/$traceId', params, replace: true });
  },
});

export const traceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/trace/$traceId',
  validateSearch: (search: Record<string, unknown>): TraceSearch => ({
    ...(/^[0-9a-f]{16}$/i.test(String(search['spanId'])) && {
      spanId: String(search['spanId']).toLowerCase(),
    }),
    ...oneOf('tab', SPAN_TABS, search['tab']),
    ...oneOf('view', TRACE_VIEWS, search['view']),
    ...linkViewOf(search),
    ...pictureViewOf(search),
  }),
  component: lazyRouteComponent(() => import('../trace/trace-page.tsx'), 'TracePage'),
});

/** The page's router. Search parameters are plain text, so that people can write and read them. */
export function createAppRouter() {
  return createRouter({
    routeTree: rootRoute.addChildren([
      journeysRoute,
      journeyRoute,
      listRoute,
      traceRoute,
      traceAliasRoute,
      mapRoute,
      waitsRoute,
      errorsRoute,
    ]),
    defaultPreload: 'intent',
    scrollRestoration: true,
    parseSearch: parseSearchWith((value) => value),
    stringifySearch: stringifySearchWith(String),
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

function listSearchOf(search: Record<string, unknown>): ListSearch {
  return {
    ...(typeof search['q'] === 'string' && search['q'].trim() !== '' && { q: search['q'] }),
    ...rangeOf(search),
  };
}

function rangeOf(search: Record<string, unknown>): TimeRange {
  const last = String(search['last']);
  if (recentMs(last) !== undefined) return { last };
  return { ...numberOf('from', search['from']), ...numberOf('to', search['to']) };
}

function crossedLinkOf(search: Record<string, unknown>): CrossedLink {
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
