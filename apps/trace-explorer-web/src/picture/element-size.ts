import { useLayoutEffect, useState, type RefObject } from 'react';
import type { PictureSize } from './picture-size.ts';

/** The inner size of an element in px, 0 by 0 before it is laid out. */
export function useElementSize(ref: RefObject<HTMLElement | null>): PictureSize {
  const [size, setSize] = useState<PictureSize>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    // Measured without scroll bars: they depend on the picture's size, and the picture's size must
    // not depend on them.
    const measure = () => {
      const { offsetWidth: width, offsetHeight: height } = element;
      setSize((before) => (before.width === width && before.height === height ? before : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}
