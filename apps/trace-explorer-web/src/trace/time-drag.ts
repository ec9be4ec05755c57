import { useCallback, useState } from 'react';
import { panWindow, type TimeWindow } from './time-window.ts';

// A hand moves a little during a click, which is no selection.
const SMALLEST_DRAG_PX = 4;

/** A part of an axis in percent, while it is being dragged. */
export interface DraftRange {
  readonly left: number;
  readonly width: number;
}

interface TimeDrag {
  readonly draft: DraftRange | null;
  readonly onPointerDown: (event: React.PointerEvent<HTMLElement>) => void;
}

/**
 * Drags a range on an axis that shows `shown`, and zooms to it when the pointer is released. If
 * `held` is given and the pointer goes down within it, the drag moves that window instead.
 */
export function useTimeDrag(
  shown: TimeWindow,
  durationNs: number,
  onWindow: (window: TimeWindow) => void,
  held?: TimeWindow,
): TimeDrag {
  const [draft, setDraft] = useState<DraftRange | null>(null);
  const onPointerDown = useCallback(
    (event: React.PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      const element = event.currentTarget;
      const { left: edge, width } = element.getBoundingClientRect();
      const shareAt = (x: number) => Math.min(1, Math.max(0, (x - edge) / width));
      const nsAt = (x: number) => shown.fromNs + shareAt(x) * (shown.toNs - shown.fromNs);
      const fromX = event.clientX;
      const isMove = held !== undefined && nsAt(fromX) >= held.fromNs && nsAt(fromX) <= held.toNs;
      element.setPointerCapture(event.pointerId);
      const onMove = (move: PointerEvent) => {
        if (isMove) {
          const share = (nsAt(move.clientX) - nsAt(fromX)) / (held.toNs - held.fromNs);
          return onWindow(panWindow(held, share, durationNs));
        }
        const [low, high] = [shareAt(fromX), shareAt(move.clientX)].sort((a, b) => a - b);
        setDraft({ left: 100 * (low ?? 0), width: 100 * ((high ?? 0) - (low ?? 0)) });
      };
      const onEnd = (end: PointerEvent) => {
        element.removeEventListener('pointermove', onMove);
        element.removeEventListener('pointerup', onEnd);
        element.removeEventListener('pointercancel', onEnd);
        setDraft(null);
        if (isMove || end.type === 'pointercancel') return;
        if (Math.abs(end.clientX - fromX) < SMALLEST_DRAG_PX) return;
        const [fromNs, toNs] = [nsAt(fromX), nsAt(end.clientX)].sort((a, b) => a - b);
        onWindow({ fromNs: fromNs ?? 0, toNs: toNs ?? durationNs });
      };
      element.addEventListener('pointermove', onMove);
      element.addEventListener('pointerup', onEnd);
      element.addEventListener('pointercancel', onEnd);
    },
    [shown, durationNs, onWindow, held],
  );
  return { draft, onPointerDown };
}
