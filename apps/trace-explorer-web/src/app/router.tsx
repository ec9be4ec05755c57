import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  parseSearchWith,
  stringifySearchWith,
} from '@tanstack/react-router';
import { linkViewOf, type LinkView } from '../links/link-view.ts';
import { pictureViewOf, type PictureView } from '../picture/picture-view.ts';
import { FailurePage, NotFoundPage } from './failure-page.tsx';
import { AppShell } from './app-shell.tsx';

/** The tabs of the detail panel. */
export const SPAN_TABS = ['overview', 'attributes', 'events', 'links', 'raw'] as const;
export type SpanTab = (typeof SPAN_TABS)[number];

/** The pictures of a trace. */
export const TRACE_VIEWS = ['waterfall', 'graph', 'timeline'] as const;
export type TraceViewName = (typeof TRACE_VIEWS)[number];

/** Everything that says what the trace list shows is in its address. */
export interface ListSearch {
  /** In the search language; see libs/explorer-api. */
  readonly q?: string;
  /** Unix times in ms, both included. */
  readonly from?: number;
  readonly to?: number;
}

/** The same for a trace: whoever opens the address sees what its sender saw. */
export interface TraceSearch extends LinkView, PictureView {
  readonly spanId?: string;
  readonly tab?: SpanTab;
  readonly view?: TraceViewName;
}

const rootRoute = createRootRoute({
  component: AppShell,
  errorComponent: FailurePage,
  notFoundComponent: NotFoundPage,
});

export const listRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: (search: Record<string, unknown>): ListSearch => ({
    ...(typeof search['q'] === 'string' && search['q'].trim() !== '' && { q: search['q'] }),
    ...timeOf('from', search['from']),
    ...timeOf('to', search['to']),
  }),
  component: lazyRouteComponent(() => import('../trace-list/trace-list-page.tsx'), 'TraceListPage'),
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
    routeTree: rootRoute.addChildren([listRoute, traceRoute]),
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

function timeOf(name: 'from' | 'to', value: unknown): { from?: number; to?: number } {
  const ms = Number(value);
  return value !== undefined && Number.isSafeInteger(ms) && ms > 0 ? { [name]: ms } : {};
}

function oneOf<Name extends string, Word extends string>(
  name: Name,
  words: readonly Word[],
  value: unknown,
): { [Key in Name]?: Word } {
  const word = words.find((candidate) => candidate === value);
  return (word === undefined ? {} : { [name]: word }) as { [Key in Name]?: Word };
}
