import { useRef, type PointerEvent, type MouseEvent } from 'react';
import type { PictureZoom, Point } from './use-picture-zoom.ts';

// A hand moves a little during a click.
const CLICK_PX = 4;

/**
 * The mouse drags the picture, and two fingers zoom it. One finger scrolls, which the browser does.
 */
export function usePictureDrag(zoomBy: PictureZoom['zoomBy']) {
  const pointers = useRef(new Map<number, Point>());
  const moved = useRef(false);
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    if (event.pointerType === 'touch') pinch(event, now);
    else {
      if (!moved.current && distance(before, now) < CLICK_PX) return;
      if (!moved.current) event.currentTarget.setPointerCapture(event.pointerId);
      moved.current = true;
      event.currentTarget.scrollBy(before.x - now.x, before.y - now.y);
    }
    pointers.current.set(event.pointerId, now);
  };
  const pinch = (event: PointerEvent<HTMLElement>, now: Point) => {
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
    const before = pointers.current.get(event.pointerId);
    if (!other || !before) return;
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const middle = { x: (now.x + other.x) / 2 - left, y: (now.y + other.y) / 2 - top };
    zoomBy(distance(now, other) / Math.max(1, distance(before, other)), middle);
  };
  const onPointerEnd = (event: PointerEvent) => pointers.current.delete(event.pointerId);
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      moved.current = false;
      pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    onPointerMove,
    onPointerUp: onPointerEnd,
    onPointerCancel: onPointerEnd,
    onPointerLeave: onPointerEnd,
    onClickCapture: (event: MouseEvent) => {
      // The end of a drag is no click on the element under it.
      if (!moved.current) return;
      moved.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
    // Links can be dragged out of a page, which would end the move.
    onDragStart: (event: MouseEvent) => event.preventDefault(),
  };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
