import { useEffect, useState, useSyncExternalStore, type FocusEvent } from 'react';
import type { Reading } from './live-merge.ts';

/** Nearly at the top is at the top: a trackpad seldom rests at 0. */
const TOP_PX = 8;
/** So long after the pointer moved over a row, no other row may come under it. */
const POINTER_REST_MS = 2_000;

/** Whether rows may move now, from where the reader is and what they do. */
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
    /** Long enough that it has to be said how much waits. */
    isHeld: isHeld || isPaused,
    onFocus: ({ target }: FocusEvent) => setFocus(target.matches(':focus-visible')),
    onBlur: () => setFocus(false),
    // By the half second: each move need not render the list.
    onPointerMove: () => setPointedAt(Math.ceil(performance.now() / 500)),
    onPointerLeave: () => setPointedAt(0),
  };
}

function subscribeToScroll(listener: () => void): () => void {
  window.addEventListener('scroll', listener, { passive: true });
  return () => window.removeEventListener('scroll', listener);
}
