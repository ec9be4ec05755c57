import { useEffect, useState, useSyncExternalStore, type FocusEvent } from 'react';
import type { Reading } from './live-merge.ts';

/** Nearly at the top counts as the top, because a trackpad rarely rests at 0. */
const TOP_PX = 8;
/** For this time after the pointer moved over a row, no other row may move under it. */
const POINTER_REST_MS = 2_000;

/** True if rows may move now, from the reader's scroll position and activity. */
export function useReading(isPaused: boolean) {
  const isScrolled = useSyncExternalStore(subscribeToScroll, () => window.scrollY > TOP_PX);
  const [hasFocus, setFocus] = useState(false);
  const [pointedAt, setPointedAt] = useState(0);
  useEffect(() => {
    if (pointedAt === 0) return;
    const timer = setTimeout(() => setPointedAt(0), POINTER_REST_MS);
    return () => clearTimeout(timer);
  }, [pointedAt]);
  const isHeld = isScrolled || hasFocus;
  const reading: Reading = isPaused ? 'paused' : isHeld || pointedAt > 0 ? 'reading' : 'following';
  return {
    reading,
    /** Long enough that the number of waiting traces is shown. */
    isHeld: isHeld || isPaused,
    onFocus: ({ target }: FocusEvent) => setFocus(target.matches(':focus-visible')),
    onBlur: () => setFocus(false),
    // Rounded to half seconds, so that not every move renders the list.
    onPointerMove: () => setPointedAt(Math.ceil(performance.now() / 500)),
    onPointerLeave: () => setPointedAt(0),
  };
}

function subscribeToScroll(listener: () => void): () => void {
  window.addEventListener('scroll', listener, { passive: true });
  return () => window.removeEventListener('scroll', listener);
}
