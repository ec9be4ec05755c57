import { axisTicks } from '../trace/axis-ticks.ts';
import { fitText, textWidth } from '../picture/fit-text.ts';
import { formatDuration } from '../time/duration.ts';
import { formatInstant, formatInstantInZone, plusNanos, toDate, type UnixNano } from '../time/instant.ts';
import { AXIS_PX, type LaneLayout } from './lane-layout.ts';
import type { CompressedTime, Stretch } from './time-compression.ts';
import styles from './timeline-picture.module.css';

const TICK_PX = 104;
const LABEL_PX = 11;
// A label needs room for its words and its arrows.
const WAIT_LEAST_PX = 96;

interface TimelineAxisProps {
  readonly time: CompressedTime;
  readonly layout: Pick<LaneLayout, 'plotX' | 'plotWidth' | 'height'>;
  readonly origin: UnixNano;
}

/** The clock time at the start of each stretch, ticks inside it, and the lengths of the breaks. */
export function TimelineAxis({ time, layout, origin }: TimelineAxisProps) {
  const { plotX, height } = layout;
  const starts = time.stretches.filter(({ kind }) => kind === 'work');
  return (
    <g transform={`translate(${plotX},0)`} aria-hidden="true">
      {time.stretches.map((stretch) =>
        stretch.kind === 'break' ? (
          <BreakMark key={stretch.startNs} stretch={stretch} height={height} />
        ) : (
          <StretchTicks
            key={stretch.startNs}
            stretch={stretch}
            height={height}
            clock={clockOf(stretch, origin)}
            room={
              (starts[starts.indexOf(stretch) + 1]?.startPx ?? layout.plotWidth + 12) - stretch.startPx - 8
            }
          />
        ),
      )}
      {time.waits.map(({ startNs, endNs }) => {
        const [from, to] = [time.toPx(startNs), time.toPx(endNs)];
        if (to - from < WAIT_LEAST_PX) return undefined;
        return (
          <WaitMark key={startNs} from={from} to={to} label={`${formatDuration(endNs - startNs)} idle`} />
        );
      })}
    </g>
  );
}

function StretchTicks({
  stretch,
  clock,
  room,
  height,
}: {
  stretch: Stretch;
  clock: string;
  room: number;
  height: number;
}) {
  const width = stretch.endPx - stretch.startPx;
  // A break before it leaves some room.
  const aside = stretch.startPx > 0 ? Math.min(20, Math.max(0, textWidth(clock, LABEL_PX) - room)) : 0;
  const ticks = axisTicks(
    { fromNs: 0, toNs: Math.max(1, stretch.endNs - stretch.startNs) },
    Math.max(1, Math.floor(width / TICK_PX)),
  );
  return (
    <g transform={`translate(${stretch.startPx},0)`}>
      <line className={styles.start} x1={0} x2={0} y1={20} y2={height} />
      <text className={styles.clock} x={-aside} y={14}>
        {fitText(clock, room + aside, LABEL_PX)}
      </text>
      {ticks.map(({ left, label }) => {
        const x = (left / 100) * width;
        // Neither over the clock's line nor over the edge.
        if (x < 24 || x + textWidth(label, LABEL_PX) / 2 > width + 2) return undefined;
        return (
          <g key={label}>
            <line className={styles.tick} x1={x} x2={x} y1={AXIS_PX - 8} y2={height} />
            <text className={styles.tickLabel} x={x} y={AXIS_PX - 24}>
              {`+${label}`}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** A torn strip: time continues, but not to scale. */
function BreakMark({ stretch, height }: { stretch: Stretch; height: number }) {
  const width = stretch.endPx - stretch.startPx;
  const edge = (x: number) => {
    let path = `M${x},${AXIS_PX}`;
    for (let y = AXIS_PX + 6, side = 1; y < height; y += 6, side = -side) path += `L${x + side * 3},${y}`;
    return path;
  };
  return (
    <g transform={`translate(${stretch.startPx},0)`}>
      <rect
        className={styles.break}
        x={6}
        y={AXIS_PX}
        width={width - 12}
        height={Math.max(0, height - AXIS_PX)}
      />
      <path className={styles.torn} d={edge(6)} />
      <path className={styles.torn} d={edge(width - 6)} />
      <text className={styles.wait} x={width / 2} y={AXIS_PX - 22}>
        {formatDuration(stretch.endNs - stretch.startNs)}
      </text>
      <text className={styles.wait} x={width / 2} y={AXIS_PX - 8}>
        idle
      </text>
    </g>
  );
}

function WaitMark({ from, to, label }: { from: number; to: number; label: string }) {
  return (
    <g>
      <path className={styles.bracket} d={`M${from + 1},${AXIS_PX - 2}v-4H${to - 1}v4`} />
      <rect className={styles.waitGround} x={(from + to) / 2 - 44} y={AXIS_PX - 14} width={88} height={14} />
      <text className={styles.wait} x={(from + to) / 2} y={AXIS_PX - 3}>
        {label}
      </text>
    </g>
  );
}

// Only the first clock shows the day.
function clockOf({ startNs }: Stretch, origin: UnixNano): string {
  return startNs === 0
    ? formatInstantInZone(origin)
    : formatInstant(plusNanos(origin, startNs), toDate(origin));
}
