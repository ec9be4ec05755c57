import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { LinkView } from './link-view.ts';

/** A part of the view to change; `undefined` takes it out of the address. */
export type LinkViewChange = { readonly [Key in keyof LinkView]?: LinkView[Key] | undefined };

/** How the links are shown, as the address says, and the way to change it. Filtering is no step that one goes back through. */
export function useLinkView(): readonly [LinkView, (change: LinkViewChange) => void] {
  const view = useSearch({ from: '/trace/$traceId' });
  const navigate = useNavigate({ from: '/trace/$traceId' });
  const change = useCallback(
    (parts: LinkViewChange) => {
      void navigate({
        to: '.',
        search: (before) => ({ ...before, ...parts }) as typeof before,
        // The place in history keeps what it knew, such as the way that led here.
        state: true,
        replace: true,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [view, change];
}
