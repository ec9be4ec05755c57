import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { TraceSearch } from '../app/router.tsx';
import { crumbsAfter, type Crumb } from './crumbs.ts';

const NO_CRUMBS: readonly Crumb[] = [];

/** The page's last place, to tell where a new history entry was opened from. */
interface Visit {
  readonly place: Crumb;
  readonly crumbs: readonly Crumb[];
}

/**
 * The traces by which the reader came here. Whatever opens another trace need not know of it: an entry without crumbs is a new one, and
 * gets those of the place that it was opened from.
 */
export function useCrumbs(
  traceId: string,
  search: TraceSearch,
  root: { service: string; name: string } | undefined,
): readonly Crumb[] {
  const navigate = useNavigate({ from: '/trace/$traceId' });
  const { pathname, state } = useRouterState({ select: ({ location }) => location });
  const { crumbs } = state;
  // The address changes first, and what is shown once it has been loaded: in between, one of them speaks of another trace.
  const isSettled = pathname.endsWith(traceId);
  const last = useRef<Visit | undefined>(undefined);
  useEffect(() => {
    if (!isSettled || crumbs !== undefined) return;
    void navigate({
      search: true,
      replace: true,
      state: (before) => ({ ...before, crumbs: crumbsAfter(last.current, traceId) }),
    });
  }, [isSettled, crumbs, traceId, navigate]);
  useEffect(() => {
    if (!isSettled || crumbs === undefined) return;
    const { service = '', name = `trace ${traceId.slice(0, 8)}` } = root ?? {};
    last.current = { place: { traceId, search, service, name }, crumbs };
  }, [isSettled, traceId, search, root, crumbs]);
  return crumbs ?? NO_CRUMBS;
}
