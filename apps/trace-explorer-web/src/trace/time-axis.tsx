import type { Tick } from './axis-ticks.ts';
import styles from './time-axis.module.css';
import { useTimeDrag } from './time-drag.ts';
import type { TimeWindow } from './time-window.ts';

const LABEL_PX = 60;

interface TimeAxisProps {
  readonly ticks: readonly Tick[];
  /** The width of the axis in px. */
  readonly width: number;
  readonly window: TimeWindow;
  readonly durationNs: number;
  readonly onWindow: (window: TimeWindow) => void;
}

/** Times since the start of the trace. Dragging along it zooms in. */
export function TimeAxis({ ticks, width, window, durationNs, onWindow }: TimeAxisProps) {
  const { draft, onPointerDown } = useTimeDrag(window, durationNs, onWindow);
  // A cut label would show another time.
  const lastLabel = 100 - (100 * LABEL_PX) / width;
  return (
    <div className={styles.axis} title="Drag to zoom" onPointerDown={onPointerDown}>
      {ticks
        .filter(({ left }) => left < lastLabel)
        .map(({ left, label }) => (
          <span key={label} className={styles.tick} style={{ left: `${left}%` }}>
            {label}
          </span>
        ))}
      {draft && (
        <span className={styles.draft} style={{ left: `${draft.left}%`, width: `${draft.width}%` }} />
      )}
    </div>
  );
}
