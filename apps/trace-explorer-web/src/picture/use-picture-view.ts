import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { PictureView } from './picture-view.ts';

export type PictureViewChange = { readonly [Key in keyof PictureView]?: PictureView[Key] | undefined };

/**
 * The picture settings from the address, and a function to change them. A change is no step in the
 * history.
 */
export function usePictureView(): readonly [PictureView, (change: PictureViewChange) => void] {
  const view = useSearch({ from: '/trace/$traceId' });
  const navigate = useNavigate({ from: '/trace/$traceId' });
  const change = useCallback(
    (parts: PictureViewChange) => {
      void navigate({
        to: '.',
        search: (before) => ({ ...before, ...parts }) as typeof before,
        state: true,
        replace: true,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [view, change];
}
