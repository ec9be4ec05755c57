import type { ResolvedLink } from '@span-links/explorer-api';
import { useState, type FocusEvent, type KeyboardEvent } from 'react';
import { placeAfter } from './list-places.ts';
import { useCopy } from './use-copy.ts';

interface List {
  readonly count: number;
  readonly linkAt: (place: number) => ResolvedLink | undefined;
  readonly onToggle: (place: number) => void;
  readonly scrollTo: (place: number) => void;
}

/**
 * Moves through a list by keyboard. One row is in the tab order, and the arrow keys choose which.
 */
export function useListKeys({ count, linkAt, onToggle, scrollTo }: List) {
  const [active, setActive] = useState(0);
  // Only a key moves the focus. A row that scrolls into view must not take it.
  const [takesFocus, setTakesFocus] = useState(false);
  const copy = useCopy();

  const act = (key: string, row: HTMLElement, place: number): boolean => {
    const link = linkAt(place);
    if (!link) return false;
    switch (key) {
      case 'Enter': {
        const target = row.querySelector('a');
        if (target) target.click();
        else onToggle(place);
        return true;
      }
      case ' ':
        onToggle(place);
        return true;
      case 'c':
        void copy(link.spanId, 'span ID');
        return true;
      case 'C':
        void copy(link.traceId, 'trace ID');
        return true;
      default:
        return false;
    }
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>('[role=row]');
    // The details under a row have their own keys, and so have buttons in them: a button keeps
    // Enter and Space.
    if (event.ctrlKey || event.metaKey || event.altKey || !row || row.hasAttribute('data-details')) return;
    const next = placeAfter(event.key, active, count);
    if (next !== undefined) {
      setActive(next);
      setTakesFocus(true);
      scrollTo(next);
    } else if ((target !== row && /^(?:Enter| )$/.test(event.key)) || !act(event.key, row, active)) {
      return;
    }
    event.preventDefault();
    // The page around uses the same keys.
    event.stopPropagation();
  };

  const onFocus = (event: FocusEvent<HTMLElement>) => {
    const place = Number(event.target.closest<HTMLElement>('[data-index]')?.dataset['index'] ?? NaN);
    if (Number.isInteger(place)) setActive(place);
    // An element in a row keeps its focus.
    if (event.target.closest('[role=row]') !== event.target) setTakesFocus(false);
  };
  // The focus is lost with its row, for example when a link replaces its placeholder. The new row
  // then gets it.
  const onBlur = (event: FocusEvent<HTMLElement>) => {
    if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) setTakesFocus(false);
  };
  // A filter may leave fewer rows than the current place.
  return { active: Math.min(active, Math.max(0, count - 1)), takesFocus, onKeyDown, onFocus, onBlur };
}
