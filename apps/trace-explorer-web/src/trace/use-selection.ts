import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useRef } from 'react';
import type { SpanTab, TraceViewName } from '../app/address.ts';

const route = getRouteApi('/trace/$traceId');

// Keys repeat thirty times a second, and browsers refuse that many changes of the address.
const FOLLOW_MS = 150;

// Parameters that mean nothing without the detail panel.
const OF_THE_PANEL = /^(?:spanId|tab|link.*)$/;

export interface Selection {
  readonly spanId: string | undefined;
  readonly tab: SpanTab;
  readonly view: TraceViewName;
  /**
   * True for the last span that this page itself selected. An address with it needs no scrolling.
   */
  readonly isOwn: (spanId: string) => boolean;
  readonly select: (spanId: string, tab?: SpanTab) => void;
  /** Selects when the reader pauses. */
  readonly follow: (spanId: string) => void;
  readonly showTab: (tab: SpanTab) => void;
  readonly showView: (view: TraceViewName) => void;
  readonly close: () => void;
}

/**
 * The shown span, tab and view, from the address. Spans and tabs replace the history entry, so that
 * "back" leads to the previous page and not through every touched row. Views and other traces have
 * their own entries.
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
        // The details are in the waterfall. From a picture, showing them is another view with its
        // own entry.
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
      search: (search) =>
        Object.fromEntries(Object.entries(search).filter(([name]) => !OF_THE_PANEL.test(name))),
      state: true,
      replace: true,
    });
  }, [navigate]);
  const isOwn = useCallback((id: string) => own.current === id, []);
  return { spanId, tab, view, isOwn, select, follow, showTab, showView, close };
}
