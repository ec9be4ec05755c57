import { useMemo, type RefObject } from 'react';
import type { Mark } from '../picture/nearest-mark.ts';
import type { PictureSize } from '../picture/picture-size.ts';
import { useMarks } from '../picture/use-marks.ts';
import { BAR_PX, ROW_PX, type LaneLayout } from './lane-layout.ts';
import { TimelineArrows } from './timeline-arrows.tsx';
import { TimelineAxis } from './timeline-axis.tsx';
import { LaneGround, TimelineLane } from './timeline-lane.tsx';
import type { CompressedTime } from './time-compression.ts';
import type { Timeline } from './use-timeline.ts';
import styles from './timeline-picture.module.css';

interface TimelinePictureProps {
  readonly timeline: Timeline;
  readonly layout: LaneLayout;
  readonly time: CompressedTime;
  readonly width: number;
  readonly isAlongTime: boolean;
  readonly selectedSpanId: string | undefined;
  readonly area: RefObject<HTMLDivElement | null>;
  readonly drawn: PictureSize;
  readonly onPoint: (sentence: string | undefined) => void;
}

/** Lanes on one axis, with the links between them. */
export function TimelinePicture(props: TimelinePictureProps) {
  const { timeline, layout, time, width, isAlongTime, selectedSpanId, area, drawn, onPoint } = props;
  const marks = useMemo(() => marksOf(layout, time), [layout, time]);
  const focus = layout.places.find(({ lane }) => lane.isFocus);
  const first = marks.find(({ y }) => focus !== undefined && y > focus.y)?.id ?? '';
  const { current, choose, onKeyDown } = useMarks(area, marks, first);
  const reader = { current, onPoint, onFocus: choose };
  return (
    <svg
      className={styles.picture}
      width={drawn.width}
      height={drawn.height}
      viewBox={`0 0 ${width} ${layout.height}`}
      role="group"
      aria-label="Timeline. The arrow keys go from span to span, Enter opens one."
      onKeyDown={onKeyDown}
    >
      {layout.places.map((place) => (
        <LaneGround key={place.lane.node.id} place={place} width={width} />
      ))}
      <TimelineAxis time={time} layout={layout} origin={timeline.origin} />
      {layout.places.map((place) => (
        <TimelineLane key={place.lane.node.id} {...{ place, layout, time, width, selectedSpanId, reader }} />
      ))}
      <TimelineArrows arrows={timeline.arrows} {...{ layout, time, isAlongTime }} />
    </svg>
  );
}

function marksOf({ places, plotX }: LaneLayout, { toPx }: CompressedTime): Mark[] {
  return places.flatMap(({ lane, barsY }): Mark[] => {
    if (lane.bars.length === 0)
      return [{ id: lane.node.id, x: plotX + toPx(lane.startNs), y: barsY + BAR_PX / 2 }];
    return lane.bars.map(({ span, row, startNs, endNs }) => ({
      id: `${span.traceId} ${span.spanId}`,
      x: plotX + (toPx(startNs) + toPx(endNs)) / 2,
      y: barsY + row * ROW_PX + BAR_PX / 2,
    }));
  });
}
