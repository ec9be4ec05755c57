import type { JourneyUnit, JourneyView } from '@span-links/explorer-api';
import { fitText, textWidth } from '../picture/fit-text.ts';
import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import { AXIS_PX } from '../timeline/lane-layout.ts';
import { compressTime, type CompressedTime } from '../timeline/time-compression.ts';
import { TimelineAxis } from '../timeline/timeline-axis.tsx';
import styles from '../timeline/timeline-picture.module.css';
import { hasFailed, pictureRows, type PictureRows } from './picture-rows.ts';
import type { WaterfallRow } from './waterfall-rows.ts';

const ROW_PX = 44;
const BAR_PX = 14;
const LABEL_PX = 280;
/** Room for a duration after the last bar. */
const RIGHT_PX = 120;
const LEAST_BAR_PX = 3;
const TEXT_PX = 12;

/** Few rows are drawn on a short axis, so that the picture fills a slide and its text is large. */
const SHAPE = 2.3;
const WIDTHS_PX = [820, 1_480] as const;

/** The steps of a journey on one axis, with the wait before each, as one drawing. */
export function JourneyPicture({ view }: { readonly view: JourneyView }) {
  const drawn = pictureRows(view);
  const height = AXIS_PX + drawn.rows.length * ROW_PX + (drawn.hidden > 0 ? ROW_PX : 12);
  const width = Math.min(WIDTHS_PX[1], Math.max(WIDTHS_PX[0], height * SHAPE));
  const plotWidth = width - LABEL_PX - RIGHT_PX;
  const work = view.units.map(({ startNs, durationNs }) => ({ startNs, endNs: startNs + durationNs }));
  const time = compressTime(work, plotWidth, false);
  return (
    <svg
      className={styles.picture}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label="The steps of the journey on one time axis"
    >
      {drawn.rows.map((row, place) => (
        <line
          key={row.key}
          className={styles.laneEnd}
          x1={0}
          x2={width}
          y1={AXIS_PX + place * ROW_PX}
          y2={AXIS_PX + place * ROW_PX}
        />
      ))}
      <TimelineAxis
        time={time}
        layout={{ plotX: LABEL_PX, plotWidth, height }}
        origin={view.summary.startTime}
      />
      {drawn.rows.map((row, place) => (
        <g key={row.key} transform={`translate(0,${AXIS_PX + place * ROW_PX})`}>
          <RowLabel row={row} />
          <g transform={`translate(${LABEL_PX},0)`}>
            <RowBars row={row} time={time} />
          </g>
        </g>
      ))}
      <Hidden drawn={drawn} y={height - 16} />
    </svg>
  );
}

function Hidden({ drawn: { hidden }, y }: { readonly drawn: PictureRows; readonly y: number }) {
  if (hidden <= 0) return null;
  return (
    <text className={styles.detail} x={24} y={y}>
      {`and ${hidden.toLocaleString('en')} more ${hidden === 1 ? 'step' : 'steps'}`}
    </text>
  );
}

function RowLabel({ row: { unit, units, depth, isGroup } }: { readonly row: WaterfallRow }) {
  const x = 24 + Math.min(depth, 6) * 14;
  const room = LABEL_PX - x - 12;
  const name = unit.operation === '' ? 'no name' : unit.operation;
  const sources = unit.sources > 1 ? ` (${unit.sources.toLocaleString('en')})` : '';
  const failed = units.filter(hasFailed).length;
  const failure = isGroup ? `${failed} failed` : `failed${unit.message === null ? '' : `: ${unit.message}`}`;
  return (
    <>
      <rect x={x - 12} y={8} width={4} height={28} rx={2} style={{ fill: serviceColour(unit.service) }} />
      <text className={styles.name} data-focus={isOnPath(units) || undefined} x={x} y={20}>
        {fitText(isGroup ? `${name} × ${units.length}` : `${name}${sources}`, room, 13)}
      </text>
      <text className={failed > 0 ? styles.errors : styles.detail} x={x} y={35}>
        {fitText(failed > 0 ? `⚠ ${failure}` : `${unit.service}${tag(unit)}`, room, 12)}
      </text>
    </>
  );
}

function tag({ isRetried, relation }: JourneyUnit): string {
  if (isRetried) return ' · tried again';
  return relation === 'compensates' ? ' · undoes' : '';
}

const isOnPath = (units: readonly JourneyUnit[]) => units.some((unit) => unit.isOnPath);

function RowBars({ row, time }: { readonly row: WaterfallRow; readonly time: CompressedTime }) {
  const { units, isGroup } = row;
  const shown = isGroup ? units.slice(0, 200) : units;
  const ends = shown.map((unit) => Math.max(endPx(unit, time), time.toPx(unit.startNs) + LEAST_BAR_PX));
  const last = units.reduce((longest, unit) => (unit.durationNs > longest.durationNs ? unit : longest));
  return (
    <>
      {!isGroup && <Wait unit={row.unit} time={time} />}
      {shown.map((unit) => (
        <UnitBar key={unit.traceId + unit.spanId} unit={unit} time={time} />
      ))}
      <OnGround
        className={styles.detail}
        x={Math.max(...ends) + 6}
        text={isGroup ? `at most ${formatDuration(last.durationNs)}` : formatDuration(last.durationNs)}
      />
    </>
  );
}

function endPx({ startNs, durationNs }: JourneyUnit, time: CompressedTime): number {
  return time.toPx(startNs + durationNs);
}

function UnitBar({ unit, time }: { readonly unit: JourneyUnit; readonly time: CompressedTime }) {
  const x = time.toPx(unit.startNs);
  const y = (ROW_PX - BAR_PX) / 2;
  return (
    <g className={styles.bar}>
      <rect
        className={styles.fill}
        x={x}
        y={y}
        width={Math.max(LEAST_BAR_PX, endPx(unit, time) - x)}
        height={BAR_PX}
        rx={2}
        style={{ fill: serviceColour(unit.service) }}
      />
      {hasFailed(unit) && <path className={styles.failed} d={`M${x},${y - 1}h10l-5,8z`} />}
    </g>
  );
}

/** From the end of the source to the start of the step. */
function Wait({ unit, time }: { readonly unit: JourneyUnit; readonly time: CompressedTime }) {
  if (unit.waitNs <= 0) return null;
  const [from, to] = [time.toPx(unit.startNs - unit.waitNs), time.toPx(unit.startNs)];
  const y = ROW_PX / 2;
  const text = `waited ${formatDuration(unit.waitNs)}`;
  const width = textWidth(text, TEXT_PX) + 8;
  // Over the line if there is room, otherwise before it.
  const x = to - from > width + 24 ? (from + to - width) / 2 : from - width - 2;
  return (
    <>
      <g className={styles.arrows}>
        <path d={`M${from},${y}H${to}`} />
      </g>
      {x > 0 && <OnGround className={styles.waited} x={x} text={text} />}
    </>
  );
}

/** A text in the middle of a row that neither a tick nor a torn strip crosses. */
function OnGround({
  className,
  x,
  text,
}: {
  readonly className: string | undefined;
  readonly x: number;
  readonly text: string;
}) {
  return (
    <>
      <rect
        className={styles.waitGround}
        x={x}
        y={ROW_PX / 2 - 8}
        width={textWidth(text, TEXT_PX) + 8}
        height={16}
        rx={8}
      />
      <text className={className} x={x + 4} y={ROW_PX / 2 + 4}>
        {text}
      </text>
    </>
  );
}
