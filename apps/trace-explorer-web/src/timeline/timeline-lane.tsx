import { Link } from '@tanstack/react-router';
import { nodeSentence, nodeText } from '../graph/node-text.ts';
import { fitText, fitTitle } from '../picture/fit-text.ts';
import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import { BAR_PX, ROW_PX, type LaneLayout, type LanePlace } from './lane-layout.ts';
import { barSentence } from './bar-sentence.ts';
import { BIN_PX, laneDensity } from './lane-density.ts';
import type { LaneBar } from './lane-bars.ts';
import type { CompressedTime } from './time-compression.ts';
import styles from './timeline-picture.module.css';

const LEAST_BAR_PX = 2;
const STRIP_PX = 20;

/** The keyboard and pointer handlers of a bar. */
export interface BarReader {
  /** The mark that Tab reaches. */
  readonly current: string | undefined;
  readonly onPoint: (sentence: string | undefined) => void;
  readonly onFocus: (mark: string) => void;
}

interface TimelineLaneProps {
  readonly place: LanePlace;
  readonly layout: LaneLayout;
  readonly time: CompressedTime;
  readonly width: number;
  readonly selectedSpanId: string | undefined;
  readonly reader: BarReader;
}

/** The elements under the axis, so that the axis's lines do not cross bars. */
export function LaneGround({
  place: { lane, y, height },
  width,
}: Pick<TimelineLaneProps, 'place' | 'width'>) {
  return (
    <g aria-hidden="true">
      <rect
        className={styles.lane}
        data-focus={lane.isFocus || undefined}
        x={0}
        y={y}
        width={width}
        height={height}
      />
      <line className={styles.laneEnd} x1={0} x2={width} y1={y + height} y2={y + height} />
    </g>
  );
}

/** The spans of one trace, or the places of the traces of a fold. */
export function TimelineLane(props: TimelineLaneProps) {
  const { place, layout, time, width, selectedSpanId, reader } = props;
  const { lane, barsY } = place;
  const rest = { ...place, layout, time, reader };
  return (
    <g>
      <LaneLabel place={place} layout={layout} width={width} />
      <g transform={`translate(${layout.plotX},${barsY})`}>
        {lane.node.kind === 'fold' ? (
          <FoldStrip {...rest} />
        ) : lane.bars.length === 0 ? (
          <WholeBar {...rest} />
        ) : (
          lane.bars.map((bar) => (
            <SpanBar
              key={`${bar.span.spanId} ${bar.startNs}`}
              bar={bar}
              time={time}
              isSelected={lane.isFocus && bar.span.spanId === selectedSpanId}
              reader={reader}
            />
          ))
        )}
      </g>
    </g>
  );
}

function LaneLabel({
  place: { lane, y, height },
  layout,
  width,
}: Pick<TimelineLaneProps, 'place' | 'layout' | 'width'>) {
  const { title, telling, subtitle, errors } = nodeText(lane.node);
  const service = lane.node.kind === 'trace' ? lane.node.root.service : lane.node.service;
  const colour = { fill: serviceColour(service) };
  const duration = formatDuration(lane.endNs - lane.startNs);
  const reasons = lane.reasons.filter((reason) => reason !== 'failed').join(', ');
  const detail = reasons === '' ? `${subtitle} · ${duration}` : `${duration} · ${reasons} · ${subtitle}`;
  if (layout.labels === 'above') {
    const text = `${lane.isFocus ? '▸ ' : ''}${title} · ${detail}${errors && ` · ⚠ ${errors}`}`;
    return (
      <g aria-hidden="true">
        <rect x={layout.plotX} y={y + 6} width={8} height={8} rx={2} style={colour} />
        <text className={styles.name} data-focus={lane.isFocus || undefined} x={layout.plotX + 14} y={y + 14}>
          {fitText(text, width - layout.plotX - 24, 12)}
        </text>
      </g>
    );
  }
  const middle = y + height / 2;
  const room = layout.plotX - 40;
  if (layout.labels === 'line') {
    const text = `${lane.isFocus ? '▸ ' : ''}${errors && '⚠ '}${title} · ${duration}`;
    return (
      <g aria-hidden="true">
        <rect x={12} y={middle - 7} width={4} height={14} rx={2} style={colour} />
        <text
          className={errors ? styles.errors : styles.name}
          data-focus={lane.isFocus || undefined}
          x={24}
          y={middle + 4}
        >
          {fitText(text, room, 12)}
        </text>
      </g>
    );
  }
  return (
    <g aria-hidden="true">
      <rect x={12} y={middle - 14} width={4} height={28} rx={2} style={colour} />
      <text className={styles.name} data-focus={lane.isFocus || undefined} x={24} y={middle - 2}>
        {fitTitle(lane.isFocus ? `▸ ${title}` : title, telling, room, 12)}
      </text>
      <text className={errors ? styles.errors : styles.detail} x={24} y={middle + 13}>
        {fitText(errors ? `⚠ ${errors} · ${detail}` : detail, room, 11)}
      </text>
    </g>
  );
}

function SpanBar({
  bar: { span, row, startNs, endNs },
  time,
  isSelected,
  reader,
}: {
  bar: LaneBar;
  time: CompressedTime;
  isSelected: boolean;
  reader: BarReader;
}) {
  const x = time.toPx(startNs);
  const mark = `${span.traceId} ${span.spanId}`;
  const sentence = barSentence(span);
  const box = { x, y: row * ROW_PX, width: Math.max(LEAST_BAR_PX, time.toPx(endNs) - x), height: BAR_PX };
  return (
    <Link
      to="/trace/$traceId"
      params={{ traceId: span.traceId }}
      search={{ spanId: span.spanId }}
      preload={false}
      className={styles.bar}
      data-mark={mark}
      data-selected={isSelected || undefined}
      tabIndex={reader.current === mark ? 0 : -1}
      aria-label={sentence}
      onFocus={() => {
        reader.onFocus(mark);
        reader.onPoint(sentence);
      }}
      onPointerEnter={() => reader.onPoint(sentence)}
      onPointerLeave={() => reader.onPoint(undefined)}
    >
      <rect className={styles.fill} {...box} rx={1.5} style={{ fill: serviceColour(span.service) }} />
      {span.status === 'error' && <path className={styles.failed} d={`M${x},${box.y - 1}h8l-4,6z`} />}
    </Link>
  );
}

/** A trace without loaded spans, from its first start to its last end. */
function WholeBar({ lane, time, reader }: LanePlace & Pick<TimelineLaneProps, 'time' | 'reader'>) {
  if (lane.node.kind !== 'trace') return undefined;
  const { traceId, root } = lane.node;
  const x = time.toPx(lane.startNs);
  const sentence = nodeSentence(lane.node);
  return (
    <Link
      to="/trace/$traceId"
      params={{ traceId }}
      search={{ spanId: root.spanId }}
      preload={false}
      className={styles.bar}
      data-mark={traceId}
      tabIndex={reader.current === traceId ? 0 : -1}
      aria-label={sentence}
      onFocus={() => {
        reader.onFocus(traceId);
        reader.onPoint(sentence);
      }}
      onPointerEnter={() => reader.onPoint(sentence)}
      onPointerLeave={() => reader.onPoint(undefined)}
    >
      <rect
        className={styles.fill}
        x={x}
        y={0}
        width={Math.max(LEAST_BAR_PX, time.toPx(lane.endNs) - x)}
        height={BAR_PX}
        rx={1.5}
        style={{ fill: serviceColour(root.service) }}
      />
    </Link>
  );
}

function FoldStrip({ lane, time, reader }: LanePlace & Pick<TimelineLaneProps, 'time' | 'reader'>) {
  if (lane.node.kind !== 'fold') return undefined;
  const colour = { fill: serviceColour(lane.node.service) };
  const x = time.toPx(lane.startNs);
  // The server names the earliest hundred. If they were drawn as all, the picture would say that
  // nothing ran after them.
  const isKnown = lane.starts.length >= lane.node.traceCount;
  const sentence = nodeSentence(lane.node);
  const bins = isKnown ? laneDensity(lane.starts.map(time.toPx)) : [];
  return (
    <g
      role="img"
      className={styles.strip}
      data-mark={lane.node.id}
      tabIndex={reader.current === lane.node.id ? 0 : -1}
      aria-label={sentence}
      onFocus={() => {
        reader.onFocus(lane.node.id);
        reader.onPoint(sentence);
      }}
      onPointerEnter={() => reader.onPoint(sentence)}
      onPointerLeave={() => reader.onPoint(undefined)}
    >
      <rect
        className={styles.range}
        x={x}
        y={0}
        width={Math.max(LEAST_BAR_PX, time.toPx(lane.endNs) - x)}
        height={STRIP_PX}
        data-filled={!isKnown || undefined}
        {...(!isKnown && { style: colour })}
      />
      {bins.map(({ x: left, share }) => {
        const height = 4 + share * (STRIP_PX - 4);
        return (
          <rect key={left} x={left} y={STRIP_PX - height} width={BIN_PX - 1} height={height} style={colour} />
        );
      })}
    </g>
  );
}
