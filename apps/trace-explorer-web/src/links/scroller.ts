import { createContext, useContext, useLayoutEffect, useMemo, useState, type RefObject } from 'react';

/** The scrolling element around the lists of the tab. They share it, so there is one scroll bar. */
export interface Scroller {
  readonly element: HTMLElement;
  readonly content: HTMLElement;
  /**
   * Too narrow for columns: a row is a card of two lines. Same limit as in the style sheets'
   * container queries.
   */
  readonly hasCards: boolean;
}

const CARDS_BELOW = 700;

export const ScrollerContext = createContext<Scroller | null>(null);

export function useScroller(): Scroller | null {
  return useContext(ScrollerContext);
}

/** The scroller of these elements, once they exist. */
export function useNewScroller(element: HTMLElement | null, content: HTMLElement | null): Scroller | null {
  const [hasCards, setHasCards] = useState(false);
  useLayoutEffect(() => {
    if (!element) return undefined;
    const measure = () => setHasCards(element.offsetWidth < CARDS_BELOW);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return useMemo(
    () => (element && content ? { element, content, hasCards } : null),
    [element, content, hasCards],
  );
}

/**
 * The distance from an element to the top of the scroller's content. Any change above the element
 * changes the height of the content.
 */
export function useOffsetInScroller(element: RefObject<HTMLElement | null>): number {
  const scroller = useScroller();
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    if (!scroller) return undefined;
    const measure = () => {
      if (!element.current) return;
      const top = element.current.getBoundingClientRect().top - scroller.element.getBoundingClientRect().top;
      setOffset(Math.round(top + scroller.element.scrollTop));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(scroller.content);
    return () => observer.disconnect();
  }, [scroller, element]);
  return offset;
}
