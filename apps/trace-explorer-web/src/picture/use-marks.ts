import { useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import { nearestMark, type Mark } from './nearest-mark.ts';

/**
 * The marks of a picture for the keyboard. Tab reaches one of them, and the arrow keys reach the
 * others. Otherwise a picture of two hundred marks would take two hundred key presses.
 */
export function useMarks(area: RefObject<HTMLElement | null>, marks: readonly Mark[], first: string) {
  const [chosen, choose] = useState(first);
  const current = marks.find(({ id }) => id === chosen) ?? marks.find(({ id }) => id === first) ?? marks[0];
  const frame = useRef(0);
  const onKeyDown = (event: KeyboardEvent) => {
    if (!current || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = nearestMark(marks, current, event.key);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    choose(next.id);
    // Only when it can take the focus.
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => focusMark(area.current, next.id));
  };
  return { current: current?.id, choose, onKeyDown };
}

function focusMark(area: HTMLElement | null, id: string): void {
  const mark = area?.querySelector<SVGElement>(`[data-mark="${CSS.escape(id)}"]`);
  mark?.focus({ preventScroll: true });
  mark?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
