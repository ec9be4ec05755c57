import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { LinkView } from './link-view.ts';

/** A part of the view to change. `undefined` removes it from the address. */
export type LinkViewChange = { readonly [Key in keyof LinkView]?: LinkView[Key] | undefined };

/**
 * The link view from the address, and a function to change it. A change of filters is no step in
 * the history.
 */
export function useLinkView(): readonly [LinkView, (change: LinkViewChange) => void] {
  const view = useSearch({ from: '/trace/$traceId' });
  const navigate = useNavigate({ from: '/trace/$traceId' });
  const change = useCallback(
    (parts: LinkViewChange) => {
      void navigate({
        to: '.',
        search: (before) => ({ ...before, ...parts }) as typeof before,
        // The history entry keeps its state, such as the way that led here.
        state: true,
        replace: true,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [view, change];
}
