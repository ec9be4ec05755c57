import type { LinkDirection, LinkRollUp, LinkWaitBar } from '@span-links/explorer-api';
import { useState, type KeyboardEvent } from 'react';
import { formatDuration } from '../time/duration.ts';
import { gapMeaning } from './gap.ts';
import styles from './link-waits.module.css';
import { placeAfter } from './list-places.ts';
import { useLinkView } from './use-link-view.ts';

/** A range of gaps in the address; `undefined` at an end without a limit. */
interface GapRange {
  readonly linkGapFrom?: number | undefined;
  readonly linkGapTo?: number | undefined;
}

interface LinkWaitsProps {
  /** The roll-up of the links that pass all filters except the range of waits. */
  readonly rollUp: LinkRollUp;
  readonly direction: LinkDirection;
}

/** How long the links waited: figures, and bars that filter the links. */
export function LinkWaits({ rollUp: { gap, resolved, waits }, direction }: LinkWaitsProps) {
  const [view, change] = useLinkView();
  const isRange = view.linkGapFrom !== undefined || view.linkGapTo !== undefined;
  if (!gap && !isRange) return null;
  return (
    <div className={styles.waits}>
      {gap && (
        <dl className={styles.figures} title={gapMeaning(direction)}>
          {resolved === 1 ? (
            <Figure name="gap" ns={gap.minNs} />
          ) : (
            <>
              <Figure name="gap p50" ns={gap.medianNs} />
              <Figure name="p95" ns={gap.p95Ns} />
              <Figure name="max" ns={gap.maxNs} />
            </>
          )}
        </dl>
      )}
      {waits.length > 1 && <Bars waits={waits} view={view} onChoose={change} />}
      {isRange && (
        <button
          type="button"
          className={styles.range}
          aria-label={`Show all gaps again, not only ${rangeText(view)}`}
          onClick={() => change(NO_RANGE)}
        >
          {rangeText(view)} <span aria-hidden="true">✕</span>
        </button>
      )}
    </div>
  );
}

const NO_RANGE = { linkGapFrom: undefined, linkGapTo: undefined };

function Figure({ name, ns }: { name: string; ns: number }) {
  return (
    <div>
      <dt>{name}</dt> <dd>{formatDuration(ns)}</dd>
    </div>
  );
}

interface BarsProps {
  readonly waits: readonly LinkWaitBar[];
  readonly view: GapRange;
  readonly onChoose: (range: GapRange) => void;
}

/** The bars, of which Tab reaches one. The arrow keys lead to the others. */
function Bars({ waits, view, onChoose }: BarsProps) {
  const most = Math.max(...waits.map(({ count }) => count));
  const chosen = waits.findIndex((bar) => isChosen(bar, view));
  const [reached, setReached] = useState<number>();
  const full = waits.flatMap(({ count }, place) => (count > 0 ? [place] : []));
  const current = [reached, chosen].find((place) => place !== undefined && full.includes(place)) ?? full[0];
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const key = SIDEWAYS[event.key] ?? event.key;
    const next = placeAfter(key, full.indexOf(current ?? 0), full.length);
    const place = next === undefined ? undefined : full[next];
    if (place === undefined) return;
    setReached(place);
    event.currentTarget.querySelector<HTMLElement>(`[data-place="${place}"]`)?.focus();
    event.preventDefault();
    // The page around uses the same keys.
    event.stopPropagation();
  };
  return (
    <div className={styles.chart}>
      <div role="group" aria-label="Filter by gap" className={styles.bars} onKeyDown={onKeyDown}>
        {waits.map((bar, place) =>
          bar.count === 0 ? (
            <span key={bar.fromNs} className={styles.empty} />
          ) : (
            <button
              key={bar.fromNs}
              type="button"
              className={styles.bar}
              data-place={place}
              data-isin={isWithin(bar, view)}
              aria-pressed={place === chosen}
              aria-label={barText(bar)}
              title={barText(bar)}
              tabIndex={place === current ? 0 : -1}
              onFocus={() => setReached(place)}
              onClick={() => onChoose(place === chosen ? NO_RANGE : rangeOf(bar))}
            >
              <span style={{ height: `${Math.max(MIN_SHARE, bar.count / most) * 100}%` }} />
            </button>
          ),
        )}
      </div>
      <div className={styles.ends} aria-hidden="true">
        <span>{formatDuration(waits[0]!.fromNs)}</span>
        <span>{formatDuration(waits.at(-1)!.toNs)}</span>
      </div>
    </div>
  );
}

const SIDEWAYS: Readonly<Record<string, string>> = { ArrowRight: 'ArrowDown', ArrowLeft: 'ArrowUp' };

/** One link among thousands still has a visible bar. */
const MIN_SHARE = 0.06;

/** All overlaps are one bar without a least gap. */
function rangeOf({ fromNs, toNs }: LinkWaitBar): GapRange {
  return fromNs < 0 ? { ...NO_RANGE, linkGapTo: toNs } : { linkGapFrom: fromNs, linkGapTo: toNs };
}

function isChosen(bar: LinkWaitBar, { linkGapFrom, linkGapTo }: GapRange): boolean {
  const range = rangeOf(bar);
  return range.linkGapFrom === linkGapFrom && range.linkGapTo === linkGapTo;
}

function isWithin({ fromNs, toNs }: LinkWaitBar, view: GapRange): boolean {
  const { linkGapFrom = -Infinity, linkGapTo = Infinity } = view;
  return (fromNs < 0 || fromNs >= linkGapFrom) && toNs <= linkGapTo;
}

function barText(bar: LinkWaitBar): string {
  const links = `${NUMBER.format(bar.count)} ${bar.count === 1 ? 'link' : 'links'}`;
  return `${links}: ${rangeText(rangeOf(bar))}`;
}

/** A range of gaps in words. */
export function rangeText({ linkGapFrom, linkGapTo }: GapRange): string {
  if (linkGapFrom === undefined)
    return linkGapTo === 0 ? 'overlap' : `gap below ${formatDuration(linkGapTo ?? 0)}`;
  if (linkGapTo === undefined) return `gap from ${formatDuration(linkGapFrom)}`;
  return `gap ${formatDuration(linkGapFrom)} to ${formatDuration(linkGapTo)}`;
}

const NUMBER = new Intl.NumberFormat('en-US');
