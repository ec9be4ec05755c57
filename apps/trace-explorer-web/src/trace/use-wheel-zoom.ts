import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react';
import { isWhole, panWindow, zoomWindow, type TimeWindow } from './time-window.ts';

// One notch of a wheel is 100 px, a touchpad sends a few px at a time.
const ZOOM_PER_PX = 0.004;

/**
 * Zooms at the pointer with ctrl and the wheel, or with a pinch. Moves along the time with a
 * sideways wheel.
 */
export function useWheelZoom(
  frame: RefObject<HTMLElement | null>,
  timeColumn: RefObject<HTMLElement | null>,
  window: TimeWindow,
  durationNs: number,
  onWindow: (window: TimeWindow) => void,
): void {
  const latest = useRef({ window, durationNs, onWindow });
  useLayoutEffect(() => {
    latest.current = { window, durationNs, onWindow };
  });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      const { window: now, durationNs: all, onWindow: show } = latest.current;
      const column = timeColumn.current?.getBoundingClientRect();
      if (!column || column.width === 0) return;
      const width = now.toNs - now.fromNs;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const share = Math.min(1, Math.max(0, (event.clientX - column.left) / column.width));
        show(zoomWindow(now, Math.exp(event.deltaY * ZOOM_PER_PX), all, now.fromNs + share * width));
        return;
      }
      const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (isWhole(now, all) || Math.abs(sideways) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
      event.preventDefault();
      show(panWindow(now, sideways / column.width, all));
    };
    // React's own listener is passive, and the browser would zoom the page.
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [frame, timeColumn]);
}
