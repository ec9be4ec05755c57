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
  return (
    <g className={styles.arrows} aria-hidden="true">
      {arrows.map(({ bearer, target }) => {
        const [from, to] = [boxOf(bearer), boxOf(target)];
        if (!from || !to) return undefined;
        const { path, head } = arrowShape(from, to, isAlongTime);
        return (
          <g key={`${bearer.laneId} ${bearer.spanId} ${target.laneId} ${target.spanId}`}>
            <path d={path} />
            <polygon points={head} />
          </g>
        );
      })}
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
