import { memo, useMemo } from 'react';
import { serviceColour } from '../service/service-colour.ts';
import { MINIMAP, minimapShapes } from './minimap-shape.ts';
import styles from './minimap.module.css';
import type { SpanTree } from './span-tree.ts';
import { useTimeDrag } from './time-drag.ts';
import { isWhole, wholeWindow, type TimeWindow } from './time-window.ts';

interface MinimapProps {
  readonly tree: SpanTree;
  readonly window: TimeWindow;
  readonly onWindow: (window: TimeWindow) => void;
}

/**
 * The whole trace at a glance. Dragging on it selects the shown part; keys and buttons do the same.
 */
export function Minimap({ tree, window, onWindow }: MinimapProps) {
  const { durationNs } = tree;
  const whole = useMemo(() => wholeWindow(durationNs), [durationNs]);
  const isZoomed = !isWhole(window, durationNs);
  const { draft, onPointerDown } = useTimeDrag(whole, durationNs, onWindow, isZoomed ? window : undefined);
  const from = (100 * window.fromNs) / durationNs;
  const to = (100 * window.toNs) / durationNs;
  return (
    <div
      className={styles.minimap}
      aria-hidden="true"
      title="Drag to zoom, double-click to see all"
      onPointerDown={onPointerDown}
      onDoubleClick={() => onWindow(whole)}
    >
      <Shapes tree={tree} />
      {isZoomed && (
        <>
          <span className={styles.veil} style={{ left: 0, width: `${from}%` }} />
          <span className={styles.veil} style={{ right: 0, width: `${100 - to}%` }} />
          <span className={styles.frame} style={{ left: `${from}%`, width: `${to - from}%` }} />
        </>
      )}
      {draft && (
        <span className={styles.draft} style={{ left: `${draft.left}%`, width: `${draft.width}%` }} />
      )}
    </div>
  );
}

const Shapes = memo(function Shapes({ tree }: { readonly tree: SpanTree }) {
  const shapes = useMemo(() => minimapShapes(tree.nodes, tree.durationNs), [tree]);
  return (
    <svg viewBox={`0 0 ${MINIMAP.width} ${MINIMAP.lanes}`} preserveAspectRatio="none">
      {shapes.map(({ service, path }) => (
        <path key={service} d={path} style={{ fill: serviceColour(service) }} />
      ))}
    </svg>
  );
});
