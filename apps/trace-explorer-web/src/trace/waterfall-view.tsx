import { useMemo, useRef } from 'react';
import { axisTicks, type Tick } from './axis-ticks.ts';
import { useElementWidth } from './element-width.ts';
import { useMediaQuery } from './media-query.ts';
import { Minimap } from './minimap.tsx';
import { Splitter } from './splitter.tsx';
import { useStoredNumber } from './stored-setting.ts';
import { TimeAxis } from './time-axis.tsx';
import type { TraceCommand } from './trace-keys.ts';
import type { Selection } from './use-selection.ts';
import { useWheelZoom } from './use-wheel-zoom.ts';
import type { Waterfall } from './use-waterfall.ts';
import { WaterfallRows } from './waterfall-rows.tsx';
import { WaterfallToolbar } from './waterfall-toolbar.tsx';
import styles from './waterfall-view.module.css';

interface WaterfallViewProps {
  readonly traceId: string;
  readonly waterfall: Waterfall;
  readonly selection: Selection;
  readonly commands: Readonly<Record<TraceCommand, () => void>>;
}

// A label of the axis with some margin on both sides.
const TICK_PX = 96;
const NAME_COLUMN = { initial: 420, min: 180, max: 900 };

/** The trace as a tree of bars on one time axis. */
export function WaterfallView({ traceId, waterfall, selection, commands }: WaterfallViewProps) {
  const { tree, window, setWindow } = waterfall;
  const frame = useRef<HTMLElement>(null);
  const timeColumn = useRef<HTMLDivElement>(null);
  const frameWidth = useElementWidth(frame);
  const timeWidth = useElementWidth(timeColumn);
  const [chosenWidth, setNameWidth] = useStoredNumber('name-column', NAME_COLUMN.initial);
  const isWide = useMediaQuery('(min-width: 1600px)');
  // The times keep half of the room for any width that was chosen on a larger screen.
  const most = Math.max(NAME_COLUMN.min, Math.min(NAME_COLUMN.max, Math.round(frameWidth * 0.5)));
  const nameWidth = Math.min(chosenWidth === NAME_COLUMN.initial && isWide ? 520 : chosenWidth, most);
  const ticks = useMemo(
    () => axisTicks(window, Math.max(2, Math.floor(timeWidth / TICK_PX))),
    [window, timeWidth],
  );
  useWheelZoom(frame, timeColumn, window, tree.durationNs, setWindow);
  return (
    <section
      ref={frame}
      className={styles.waterfall}
      aria-label="Waterfall"
      style={{ '--name-width': `${nameWidth}px` } as React.CSSProperties}
    >
      <div className={styles.overview}>
        <WaterfallToolbar waterfall={waterfall} commands={commands} />
        <Minimap tree={tree} window={window} onWindow={setWindow} />
      </div>
      <div className={styles.axis}>
        <div className={styles.columnName}>
          <span>
            Span <span className={styles.quiet}>and service</span>
          </span>
          <span className={styles.grip}>
            <Splitter
              label="Width of the span column"
              direction="columns"
              grows="before"
              size={nameWidth}
              min={NAME_COLUMN.min}
              max={most}
              onResize={setNameWidth}
            />
          </span>
        </div>
        <div ref={timeColumn} className={styles.timeColumn}>
          <TimeAxis
            ticks={ticks}
            width={timeWidth}
            window={window}
            durationNs={tree.durationNs}
            onWindow={setWindow}
          />
        </div>
      </div>
      <div className={styles.body}>
        <GridLines ticks={ticks} />
        <WaterfallRows traceId={traceId} waterfall={waterfall} selection={selection} />
      </div>
    </section>
  );
}

function GridLines({ ticks }: { readonly ticks: readonly Tick[] }) {
  return (
    <div className={styles.lines} aria-hidden="true">
      <div className={styles.linesInner}>
        {ticks.map(({ left, label }) => (
          <span key={label} style={{ left: `${left}%` }} />
        ))}
      </div>
    </div>
  );
}
