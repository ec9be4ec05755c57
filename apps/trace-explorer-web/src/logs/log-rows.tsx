import type { LogRecord } from '@span-links/explorer-api';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useOffsetTop } from '../trace-list/trace-rows.tsx';
import styles from '../trace-list/trace-rows.module.css';
import type { useReading } from '../trace-list/use-reading.ts';
import { useRowKeys } from '../trace-list/use-row-keys.ts';
import { LogRow } from './log-row.tsx';

const ROW_PX = 36;
/** The next page is requested this many rows before the end. */
const AHEAD = 25;

/** Draws only the visible rows. An open row is as high as its details. */
export function LogRows({
  logs,
  fresh,
  isStale,
  hasMore,
  onMore,
  holds: { onFocus, onBlur, onPointerMove, onPointerLeave },
  onEvent,
}: {
  readonly logs: readonly LogRecord[];
  readonly fresh: ReadonlySet<string>;
  /** True for the rows of the previous search, until the new ones are here. */
  readonly isStale: boolean;
  readonly hasMore: boolean;
  readonly onMore: () => void;
  readonly holds: Omit<ReturnType<typeof useReading>, 'reading' | 'isHeld'>;
  readonly onEvent: (event: string) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const scrollMargin = useOffsetTop(list);
  const virtualizer = useWindowVirtualizer({
    count: logs.length,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollMargin,
    getItemKey: (index) => logs[index]?.id ?? index,
  });
  useLayoutEffect(() => virtualizer.measure(), [virtualizer]);
  const items = virtualizer.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastIndex >= logs.length - AHEAD) onMore();
  }, [hasMore, lastIndex, logs.length, onMore]);
  useRowKeys(list);
  const toggle = useCallback((id: string) => {
    setOpen((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
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
      {items.map(({ index, key, start }) => {
        const log = logs[index];
        return (
          log && (
            <div
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              role="presentation"
              className={styles.place}
              style={{ transform: `translateY(${start - scrollMargin}px)` }}
            >
              <LogRow
                log={log}
                index={index}
                isFresh={fresh.has(log.id)}
                isOpen={open.has(log.id)}
                onToggle={toggle}
                onEvent={onEvent}
              />
            </div>
          )
        );
      })}
    </div>
  );
}
