import { textWidth } from '../picture/fit-text.ts';
import { formatDuration } from '../time/duration.ts';
import { arrowShape, type BarBox } from './arrow-path.ts';
import { BAR_PX, ROW_PX, type LaneLayout } from './lane-layout.ts';
import type { ArrowEnd, LinkArrow } from './link-arrows.ts';
import type { CompressedTime } from './time-compression.ts';
import styles from './timeline-picture.module.css';

interface TimelineArrowsProps {
  readonly arrows: readonly LinkArrow[];
  readonly layout: LaneLayout;
  readonly time: CompressedTime;
  readonly isAlongTime: boolean;
}

/**
 * Arrows from each linking span to the link's target, or in the direction of time. The table says
 * the same in words.
 */
export function TimelineArrows({ arrows, layout, time, isAlongTime }: TimelineArrowsProps) {
  const boxOf = boxes(layout, time);
  const shapes = arrows.flatMap(({ bearer, target, gapNs }) => {
    const [from, to] = [boxOf(bearer), boxOf(target)];
    if (!from || !to) return [];
    const key = `${bearer.laneId} ${bearer.spanId} ${target.laneId} ${target.spanId}`;
    return [{ key, from, to, gapNs }];
  });
  return (
    <g className={styles.arrows} aria-hidden="true">
      {shapes.map(({ key, from, to }) => {
        const { path, head } = arrowShape(from, to, isAlongTime);
        return (
          <g key={key}>
            <path d={path} />
            <polygon points={head} />
          </g>
        );
      })}
      {/* After all arrows, so that none crosses the text of another. */}
      {shapes.map(({ key, from, to, gapNs }) => (
        <WaitLabel key={key} from={from} to={to} gapNs={gapNs} end={layout.plotX + layout.plotWidth} />
      ))}
    </g>
  );
}

const LABEL_PX = 12;
/** Between the text and the corner of its arrow. */
const LABEL_GAP_PX = 14;

interface WaitLabelProps {
  readonly from: BarBox;
  readonly to: BarBox;
  readonly gapNs: number | null;
  /** The right end of the picture. */
  readonly end: number;
}

/** How long the work waited, from the end of the link's target to the start of the span with the link. */
function WaitLabel({ from, to, gapNs, end }: WaitLabelProps) {
  if (gapNs === null || gapNs <= 0) return undefined;
  const text = `waited ${formatDuration(gapNs)}`;
  const width = textWidth(text, LABEL_PX) + 8;
  const before = from.left - LABEL_GAP_PX - width;
  // If the arrow is too short for the text and its head, the text goes behind its corner.
  const x = before >= to.right + 16 ? before : from.left + 6;
  if (x + width > end) return undefined;
  return (
    <g data-wait={gapNs}>
      <rect className={styles.waitedGround} x={x} y={to.y - 8} width={width} height={16} rx={8} />
      <text className={styles.waited} x={x + 4} y={to.y + 4}>
        {text}
      </text>
    </g>
  );
}

function boxes({ places, plotX }: LaneLayout, { toPx }: CompressedTime) {
  const lanes = new Map(places.map((place) => [place.lane.node.id, place]));
  return ({ laneId, spanId }: ArrowEnd): BarBox | undefined => {
    const place = lanes.get(laneId);
    if (!place) return undefined;
    const { lane, barsY } = place;
    const bar = lane.bars.find(({ span }) => span.spanId === spanId);
    const { startNs, endNs } = bar ?? lane;
    const row = bar?.row ?? 0;
    return { left: plotX + toPx(startNs), right: plotX + toPx(endNs), y: barsY + row * ROW_PX + BAR_PX / 2 };
  };
}
