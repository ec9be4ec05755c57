import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  parseSearchWith,
  stringifySearchWith,
} from '@tanstack/react-router';
import {
  errorsSearchOf,
  journeySearchOf,
  journeysSearchOf,
  listSearchOf,
  logsSearchOf,
  mapSearchOf,
  rangeOf,
  traceSearchOf,
} from './address.ts';
import { FailurePage, NotFoundPage } from './failure-page.tsx';
import { AppShell } from './app-shell.tsx';

const rootRoute = createRootRoute({
  component: AppShell,
  errorComponent: FailurePage,
  notFoundComponent: NotFoundPage,
});

export const journeysRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: journeysSearchOf,
  component: lazyRouteComponent(() => import('../journeys/journeys-page.tsx'), 'JourneysPage'),
});

export const journeyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/journey/$journeyId',
  validateSearch: journeySearchOf,
  component: lazyRouteComponent(() => import('../journeys/journey-page.tsx'), 'JourneyPage'),
});

export const mapRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/map',
  validateSearch: mapSearchOf,
  component: lazyRouteComponent(() => import('../map/map-page.tsx'), 'MapPage'),
});

export const errorsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/errors',
  validateSearch: errorsSearchOf,
  component: lazyRouteComponent(() => import('../errors/errors-page.tsx'), 'ErrorsPage'),
});

export const logsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/logs',
  validateSearch: logsSearchOf,
  component: lazyRouteComponent(() => import('../logs/logs-page.tsx'), 'LogsPage'),
});

export const waitsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/waits',
  validateSearch: rangeOf,
  component: lazyRouteComponent(() => import('../map/waits-page.tsx'), 'WaitsPage'),
});

export const listRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/traces',
  validateSearch: listSearchOf,
  component: lazyRouteComponent(() => import('../trace-list/trace-list-page.tsx'), 'TraceListPage'),
});

/** The address that people type. */
const traceAliasRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/traces/$traceId',
  validateSearch: traceSearchOf,
  beforeLoad: ({ params, search }) => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way to lead elsewhere
    throw redirect({ to: '/trace/$traceId', params, search, replace: true });
  },
});

export const traceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/trace/$traceId',
  validateSearch: traceSearchOf,
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
      logsRoute,
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
