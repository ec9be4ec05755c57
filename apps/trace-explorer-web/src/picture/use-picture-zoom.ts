import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { useElementSize } from './element-size.ts';
import type { PictureSize } from './picture-size.ts';
import { clampZoom, zoomLevel } from './zoom-level.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PictureZoom {
  readonly zoom: number;
  /** Zooms around a point of the area in px, or around the anchor. */
  readonly zoomBy: (factor: number, around?: Point) => void;
  readonly fit: () => void;
}

// One notch of the wheel is about 100.
const WHEEL_STEP = 0.002;

/**
 * Zoom of a picture in a scrolling area. Panning is the browser's own scrolling, so touch, wheel,
 * keyboard and assistive software work with it.
 *
 * @param anchor keeps its place on the screen when the picture changes around it.
 * @param opensAsOverview shows the whole picture, down to half its size, until the reader zooms;
 * also when it grows.
 * @param unfolded names what the reader has unfolded. A change shows the whole picture, until the
 * reader zooms.
 */
export function usePictureZoom(
  area: RefObject<HTMLDivElement | null>,
  picture: PictureSize,
  anchor: Point,
  isDrawnToWidth: boolean,
  opensAsOverview: boolean,
  unfolded: string,
): PictureZoom {
  const room = useElementSize(area);
  const [choice, choose] = useState<'auto' | 'fit' | number>(unfolded === '' ? 'auto' : 'fit');
  const [fitted, setFitted] = useState(unfolded);
  if (fitted !== unfolded) {
    setFitted(unfolded);
    choose(unfolded === '' ? 'auto' : 'fit');
  }
  // Independent of the picture's size: when a neighbour comes in, the rest keeps its place and
  // size.
  const [settled, settle] = useState({ room, picture, zoom: 1 });
  if (settled.room !== room || (opensAsOverview && settled.picture !== picture)) {
    const zoom = zoomLevel(opensAsOverview ? 'overview' : 'auto', picture, room, isDrawnToWidth);
    settle({ room, picture, zoom });
  }
  const zoom = choice === 'auto' ? settled.zoom : zoomLevel(choice, picture, room, isDrawnToWidth);
  const held = useRef<{ point: Point; at: Point } | undefined>(undefined);
  const shown = useRef<{ anchor: Point; zoom: number } | undefined>(undefined);
  const { x, y } = anchor;
  useLayoutEffect(() => {
    const element = area.current;
    if (!element || room.width === 0) return;
    const before = shown.current;
    const hold = held.current;
    held.current = undefined;
    if (hold) element.scrollTo(hold.point.x * zoom - hold.at.x, hold.point.y * zoom - hold.at.y);
    else if (before)
      element.scrollBy(x * zoom - before.anchor.x * before.zoom, y * zoom - before.anchor.y * before.zoom);
    else element.scrollTo(x * zoom - room.width / 2, y * zoom - room.height / 2);
    shown.current = { anchor: { x, y }, zoom };
  }, [area, x, y, zoom, room]);
  const zoomBy = (factor: number, around?: Point) => {
    const element = area.current;
    const next = clampZoom(zoom * factor);
    if (element && around && next !== zoom) {
      const point = { x: (element.scrollLeft + around.x) / zoom, y: (element.scrollTop + around.y) / zoom };
      held.current = { point, at: around };
    }
    choose(next);
  };
  useWheelZoom(area, zoomBy);
  const fit = () => choose(zoomLevel('fit', picture, room, isDrawnToWidth));
  return { zoom, zoomBy, fit };
}

function useWheelZoom(area: RefObject<HTMLDivElement | null>, zoomBy: PictureZoom['zoomBy']): void {
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      // Otherwise the browser would zoom the whole page. React's own listener is passive and cannot
      // prevent it.
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      zoomBy(Math.exp(-event.deltaY * WHEEL_STEP), { x: event.clientX - left, y: event.clientY - top });
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [area, zoomBy]);
}
