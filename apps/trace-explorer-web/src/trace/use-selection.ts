import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useRef } from 'react';
import type { SpanTab, TraceViewName } from '../app/router.tsx';

const route = getRouteApi('/trace/$traceId');

// Keys repeat thirty times a second, and browsers refuse that many changes of the address.
const FOLLOW_MS = 150;

export interface Selection {
  readonly spanId: string | undefined;
  readonly tab: SpanTab;
  readonly view: TraceViewName;
  /** The last span that this page itself selected: an address that names it needs no landing. */
  readonly isOwn: (spanId: string) => boolean;
  readonly select: (spanId: string, tab?: SpanTab) => void;
  /** Selects once the reader rests. */
  readonly follow: (spanId: string) => void;
  readonly showTab: (tab: SpanTab) => void;
  readonly showView: (view: TraceViewName) => void;
  readonly close: () => void;
}

/**
 * Which span, tab and view are shown, as the address says. Spans and tabs replace the history entry, so that "back" leads to where
 * the reader came from and not through every row that they touched; views and other traces are entries of their own.
 */
export function useSelection(): Selection {
  const { spanId, tab = 'overview', view = 'waterfall' } = route.useSearch();
  const navigate = useNavigate({ from: '/trace/$traceId' });
  const own = useRef<string | undefined>(undefined);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);

  const select = useCallback(
    (next: string, nextTab?: SpanTab) => {
      window.clearTimeout(timer.current);
      own.current = next;
      void navigate({
        // The details are in the waterfall: from a picture, showing them is another view and an entry of its own.
        search: ({ view: _picture, ...search }) => ({
          ...search,
          spanId: next,
          ...(nextTab && { tab: nextTab }),
        }),
        state: true,
        replace: view === 'waterfall',
      });
    },
    [navigate, view],
  );
  const follow = useCallback(
    (next: string) => {
      own.current = next;
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => select(next), FOLLOW_MS);
    },
    [select],
  );
  const showTab = useCallback(
    (next: SpanTab) =>
      void navigate({ search: (search) => ({ ...search, tab: next }), state: true, replace: true }),
    [navigate],
  );
  const showView = useCallback(
    (next: TraceViewName) => void navigate({ search: (search) => ({ ...search, view: next }), state: true }),
    [navigate],
  );
  const close = useCallback(() => {
    window.clearTimeout(timer.current);
    void navigate({
      search: ({ view: current }) => (current ? { view: current } : {}),
      state: true,
      replace: true,
    });
  }, [navigate]);
  const isOwn = useCallback((id: string) => own.current === id, []);
  return { spanId, tab, view, isOwn, select, follow, showTab, showView, close };
}
