import type { TraceSummary } from '@span-links/explorer-api';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type CSSProperties } from 'react';
import { TraceRow } from './trace-row.tsx';
import styles from './trace-rows.module.css';
import { useRowKeys } from './use-row-keys.ts';
import type { useReading } from './use-reading.ts';

const WIDE_ROW = 2.25;
const NARROW_ROW = 3.5;
/** The next page is requested this many rows before the end. */
const AHEAD = 25;

interface TraceRowsProps {
  readonly traces: readonly TraceSummary[];
  readonly fresh: ReadonlySet<string>;
  /** True for the rows of the previous search, until the new ones are here. */
  readonly isStale: boolean;
  readonly hasMore: boolean;
  readonly onMore: () => void;
  readonly holds: Omit<ReturnType<typeof useReading>, 'reading' | 'isHeld'>;
}

/**
 * Draws only the visible rows. All have the same height, so none has to be measured and nothing
 * jumps.
 */
export function TraceRows({
  traces,
  fresh,
  isStale,
  hasMore,
  onMore,
  holds: { onFocus, onBlur, onPointerMove, onPointerLeave },
}: TraceRowsProps) {
  const list = useRef<HTMLDivElement>(null);
  const rowHeight = useRowHeight();
  const scrollMargin = useOffsetTop(list);
  const virtualizer = useWindowVirtualizer({
    count: traces.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin,
    getItemKey: (index) => traces[index]?.traceId ?? index,
  });
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  const items = virtualizer.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastIndex >= traces.length - AHEAD) onMore();
  }, [hasMore, lastIndex, traces.length, onMore]);
  const longestNs = traces.reduce((longest, { durationNs }) => Math.max(longest, durationNs), 0);
  useRowKeys(list);
  return (
    <div
      ref={list}
      role="rowgroup"
      className={styles.rows}
      data-stale={isStale}
      style={{ height: virtualizer.getTotalSize() }}
      onFocus={onFocus}
      onBlur={onBlur}
      onPointerMove={onPointerMove}
      onPointerLeave={onPointerLeave}
    >
      {items.map(({ index, key, start, size }) => {
        const trace = traces[index];
        const place: CSSProperties = { height: size, transform: `translateY(${start - scrollMargin}px)` };
        return (
          trace && (
            <div key={key} role="presentation" className={styles.place} style={place}>
              <TraceRow
                trace={trace}
                index={index}
                longestNs={longestNs}
                isFresh={fresh.has(trace.traceId)}
              />
            </div>
          )
        );
      })}
    </div>
  );
}

/** In px. It grows with the reader's font size. */
function useRowHeight(): number {
  const [height, setHeight] = useState(rowHeightNow);
  useEffect(() => {
    const onResize = () => setHeight(rowHeightNow());
    window.addEventListener('resize', onResize);
    return () => window.removeEventListener('resize', onResize);
  }, []);
  return height;
}

function rowHeightNow(): number {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const isNarrow = window.matchMedia('(max-width: 799px)').matches;
  return Math.round((isNarrow ? NARROW_ROW : WIDE_ROW) * rem);
}

/** The distance from the top of the document to an element. The part above may grow. */
export function useOffsetTop(element: React.RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      const box = element.current?.getBoundingClientRect();
      if (box) setTop(Math.round(box.top + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    const list = element.current?.parentElement;
    const above = list?.previousElementSibling;
    if (above) observer.observe(above);
    return () => observer.disconnect();
  }, [element]);
  return top;
}
