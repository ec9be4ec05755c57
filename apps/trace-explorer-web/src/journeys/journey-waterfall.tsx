import type { JourneyUnit, JourneyView } from '@span-links/explorer-api';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useRef, type CSSProperties } from 'react';
import type { JourneySearch } from '../app/address.ts';
import { openFolds, toggleFold } from '../picture/picture-view.ts';
import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import { compressTime, type CompressedTime } from '../timeline/time-compression.ts';
import { useElementWidth } from '../trace/element-width.ts';
import styles from './journey-waterfall.module.css';
import { waterfallRows, type WaterfallRow } from './waterfall-rows.ts';

/**
 * All units of a journey on one axis. Long idle stretches are shortened and labelled with their
 * length.
 */
export function JourneyWaterfall({ view: { summary, units, unitCount } }: { readonly view: JourneyView }) {
  const [search, change] = useJourneySearch();
  const isTrueToScale = search.toScale === 'true';
  const area = useRef<HTMLDivElement>(null);
  const width = useElementWidth(area);
  const time = useMemo(() => {
    const work = units.map(({ startNs, durationNs }) => ({ startNs, endNs: startNs + durationNs }));
    return compressTime(work, Math.max(1, width), isTrueToScale);
  }, [units, width, isTrueToScale]);
  const rows = useMemo(() => waterfallRows(units, openFolds(search)), [units, search]);
  const toggle = (key: string) => change({ unfold: toggleFold(search, key) });
  return (
    <section className={styles.waterfall} aria-label="Waterfall of the journey">
      <div className={styles.head}>
        <h2>Steps</h2>
        <label className={styles.scale}>
          <input
            type="checkbox"
            checked={isTrueToScale}
            onChange={({ target }) => change({ toScale: target.checked ? 'true' : undefined })}
          />
          True to scale
        </label>
      </div>
      <div className={styles.axis} aria-hidden="true">
        <span />
        <div ref={area} className={styles.axisArea}>
          <span className={styles.from}>0</span>
          <span className={styles.to}>{formatDuration(summary.totalNs)}</span>
          {time.stretches.map(({ kind, startNs, endNs, startPx, endPx }) => (
            <span
              key={startNs}
              className={kind === 'break' ? styles.break : styles.stretch}
              style={{ left: startPx, width: endPx - startPx }}
            >
              {kind === 'break' ? formatDuration(endNs - startNs) : ''}
            </span>
          ))}
        </div>
      </div>
      <ul className={styles.rows}>
        {rows.map((row) => (
          <Row key={row.key} row={row} time={time} units={units} onToggle={() => toggle(row.key)} />
        ))}
      </ul>
      {unitCount > units.length && (
        <p className={styles.more}>
          The first {units.length.toLocaleString('en')} of {unitCount.toLocaleString('en')} steps are shown.
        </p>
      )}
    </section>
  );
}

type JourneyChange = { readonly [Key in keyof JourneySearch]?: JourneySearch[Key] | undefined };

/** The address of the journey, and a function to change it. A change is no step in the history. */
function useJourneySearch(): readonly [JourneySearch, (change: JourneyChange) => void] {
  const search = useSearch({ from: '/journey/$journeyId' });
  const navigate = useNavigate({ from: '/journey/$journeyId' });
  const change = (parts: JourneyChange) =>
    void navigate({
      search: (before) => ({ ...before, ...parts }) as JourneySearch,
      replace: true,
      resetScroll: false,
    });
  return [search, change];
}

interface RowProps {
  readonly row: WaterfallRow;
  readonly time: CompressedTime;
  readonly units: readonly JourneyUnit[];
  readonly onToggle: () => void;
}

function Row({ row, time, units, onToggle }: RowProps) {
  const { unit, depth, isGroup, isOpen } = row;
  const failed = row.units.filter(({ hasFailed, isRetried }) => hasFailed && !isRetried).length;
  const isOnPath = row.units.some((one) => one.isOnPath);
  return (
    <li className={styles.row} data-path={isOnPath} data-failed={failed > 0}>
      <div className={styles.name} style={{ '--depth': depth } as CSSProperties}>
        <span className={styles.colour} style={{ background: serviceColour(unit.service) }} />
        {isGroup ? (
          <button type="button" className={styles.fold} aria-expanded={isOpen} onClick={onToggle}>
            {isOpen ? '▾' : '▸'} {unit.operation} × {row.units.length}
            {failed > 0 && <span className={styles.failedCount}>, {failed} failed</span>}
          </button>
        ) : (
          <UnitName unit={unit} />
        )}
      </div>
      <div className={styles.bars}>
        {time.stretches
          .filter(({ kind }) => kind === 'break')
          .map(({ startNs, startPx, endPx }) => (
            <span key={startNs} className={styles.band} style={{ left: startPx, width: endPx - startPx }} />
          ))}
        {(isGroup && isOpen ? [] : row.units.slice(0, 200)).map((one) => (
          <Bars
            key={one.traceId + one.spanId}
            unit={one}
            time={time}
            source={units[one.parent]}
            isAlone={!isGroup}
          />
        ))}
      </div>
    </li>
  );
}

function UnitName({ unit }: { readonly unit: JourneyUnit }) {
  const name = unit.operation === '' ? 'no name' : unit.operation;
  return (
    <span className={styles.unit}>
      <Link
        to="/trace/$traceId"
        params={{ traceId: unit.traceId }}
        search={{ spanId: unit.culpritSpanId ?? unit.spanId }}
        className={styles.link}
        title={`${unit.service}: ${name}`}
      >
        {name}
        {unit.sources > 1 && ` (${unit.sources})`}
      </Link>
      {unit.isRetried && <span className={styles.tag}>tried again</span>}
      {unit.relation === 'compensates' && <span className={styles.tag}>undoes</span>}
      {unit.message !== null && (
        <span className={styles.message} title={unit.message}>
          ✗ {unit.message}
        </span>
      )}
    </span>
  );
}

/** A bar with the wait since its source ended. */
function Bars({
  unit,
  time,
  source,
  isAlone,
}: {
  readonly unit: JourneyUnit;
  readonly time: CompressedTime;
  readonly source: JourneyUnit | undefined;
  readonly isAlone: boolean;
}) {
  const start = time.toPx(unit.startNs);
  const end = Math.max(start + 3, time.toPx(unit.startNs + unit.durationNs));
  const waitFrom = time.toPx(unit.startNs - unit.waitNs);
  const own = unit.ownNs === null ? '' : `, own ${formatDuration(unit.ownNs)}`;
  return (
    <>
      {source && unit.waitNs > 0 && isAlone && (
        <span className={styles.wait} style={{ left: waitFrom, width: Math.max(0, start - waitFrom) }}>
          {start - waitFrom > 90 && <span>waited {formatDuration(unit.waitNs)}</span>}
        </span>
      )}
      <span
        className={styles.bar}
        style={{ left: start, width: end - start, background: serviceColour(unit.service) }}
        data-failed={unit.hasFailed}
      />
      {isAlone && (
        <span className={styles.duration} style={{ left: end + 6 }}>
          {formatDuration(unit.durationNs)}
          {own}
        </span>
      )}
    </>
  );
}
