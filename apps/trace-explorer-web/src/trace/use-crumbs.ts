import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { TraceSearch } from '../app/address.ts';
import { crumbsAfter, type Crumb } from './crumbs.ts';

const NO_CRUMBS: readonly Crumb[] = [];

/** The page's last place, which shows where a new history entry was opened from. */
interface Visit {
  readonly place: Crumb;
  readonly crumbs: readonly Crumb[];
}

/**
 * The traces that led the reader here. Code that opens another trace does not need to handle it: an
 * entry without crumbs is new, and gets those of the place that it was opened from.
 */
export function useCrumbs(
  traceId: string,
  search: TraceSearch,
  root: { service: string; name: string } | undefined,
): readonly Crumb[] {
  const navigate = useNavigate({ from: '/trace/$traceId' });
  const { pathname, state } = useRouterState({ select: ({ location }) => location });
  const { crumbs } = state;
  // The address changes first, and the content after loading. In between, they belong to different
  // traces.
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
