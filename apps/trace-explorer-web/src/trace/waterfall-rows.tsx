import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useMemo, useRef } from 'react';
import { tracePlace } from './trace-place.ts';
import { visit } from './trace-commands.ts';
import type { Selection } from './use-selection.ts';
import type { Waterfall } from './use-waterfall.ts';
import { without } from './visible-rows.ts';
import { ROW_HEIGHT, WaterfallRow, type RowAction } from './waterfall-row.tsx';
import styles from './waterfall-rows.module.css';

interface WaterfallRowsProps {
  readonly traceId: string;
  readonly waterfall: Waterfall;
  readonly selection: Selection;
}

/**
 * The visible rows, and the active one at any place, because the focus must not get lost when its
 * row scrolls away.
 */
export function WaterfallRows({ traceId, waterfall, selection }: WaterfallRowsProps) {
  const { tree, rows, activeRow, collapsed, window, search, matches, services } = waterfall;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useRowVirtualizer(traceId, waterfall, scroller);
  useScrollMemory(traceId, waterfall, scroller, virtualizer.scrollOffset ?? tracePlace(traceId).scrollTop);
  const onAction = useRowActions(waterfall, selection);
  const found = useMemo(() => new Set(matches), [matches]);
  return (
    <div
      role="treegrid"
      aria-label="Spans"
      aria-rowcount={rows.length + 1}
      aria-colcount={2}
      className={styles.grid}
    >
      <div role="row" aria-rowindex={1} className="visually-hidden">
        <span role="columnheader">Span</span>
        <span role="columnheader">Time</span>
      </div>
      <div role="rowgroup" ref={scroller} className={styles.scroller}>
        <div role="presentation" className={styles.sizer} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index: row }) => {
            const index = rows[row] ?? -1;
            const node = tree.nodes[index];
            if (!node) return null;
            return (
              <WaterfallRow
                key={node.key}
                node={node}
                index={index}
                row={row}
                isActive={row === activeRow}
                isSelected={node.key === selection.spanId}
                isCollapsed={collapsed.has(node.key)}
                isMatch={found.has(index)}
                isDimmed={services.size > 0 && !services.has(node.span.service)}
                search={found.has(index) ? search : ''}
                window={window}
                onAction={onAction}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function useRowVirtualizer(
  traceId: string,
  waterfall: Waterfall,
  scroller: React.RefObject<HTMLDivElement | null>,
) {
  const { rows, activeRow } = waterfall;
  const rangeExtractor = useCallback(
    (range: Range) => {
      const seen = defaultRangeExtractor(range);
      return seen.includes(activeRow) ? seen : [...seen, activeRow].sort((a, b) => a - b);
    },
    [activeRow],
  );
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    rangeExtractor,
    initialOffset: () => tracePlace(traceId).scrollTop,
  });
  const scrollTo = useCallback(
    (row: number, align: 'auto' | 'center') => virtualizer.scrollToIndex(row, { align }),
    [virtualizer],
  );
  useShowActive(waterfall, scroller, scrollTo);
  return virtualizer;
}

// The functions stay the same while other state changes, so that rows are not drawn again because
// of them.
function useRowActions(waterfall: Waterfall, selection: Selection) {
  const latest = useRef({ waterfall, selection });
  useLayoutEffect(() => {
    latest.current = { waterfall, selection };
  });
  return useCallback((action: RowAction, index: number) => {
    const { waterfall: now, selection: chosen } = latest.current;
    const node = now.tree.nodes[index];
    if (!node) return;
    visit(now, chosen, index);
    if (action === 'links') chosen.select(node.span.spanId, 'links');
    else if (action === 'open') chosen.select(node.span.spanId);
    else if (now.collapsed.has(node.key)) now.setCollapsed(without(now.collapsed, [node.key]));
    else now.setCollapsed(new Set([...now.collapsed, node.key]));
  }, []);
}

// Scrolls to the active row and focuses it, once per move.
function useShowActive(
  { active, activeRow }: Waterfall,
  scroller: React.RefObject<HTMLDivElement | null>,
  scrollTo: (row: number, align: 'auto' | 'center') => void,
): void {
  const shown = useRef(0);
  useLayoutEffect(() => {
    if (active.turn === shown.current) return;
    shown.current = active.turn;
    scrollTo(activeRow, active.align);
    if (!active.takesFocus) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-trace-row="${activeRow}"]`);
    row?.focus({ preventScroll: true });
  }, [active, activeRow, scroller, scrollTo]);
}

// New rows above the reader's place must not push it away.
function useScrollMemory(
  traceId: string,
  { tree, rows }: Waterfall,
  scroller: React.RefObject<HTMLDivElement | null>,
  offset: number,
): void {
  const top = useRef<{ key: string; row: number } | undefined>(undefined);
  const lastTree = useRef(tree);
  useLayoutEffect(() => {
    const grew = lastTree.current !== tree;
    lastTree.current = tree;
    const element = scroller.current;
    if (!element || !grew || !top.current) return;
    const index = tree.indexOf.get(top.current.key);
    const row = index === undefined ? -1 : rows.indexOf(index);
    if (row < 0 || row === top.current.row) return;
    element.scrollBy({ top: (row - top.current.row) * ROW_HEIGHT, behavior: 'instant' });
    top.current = { ...top.current, row };
  }, [tree, rows, scroller]);
  // After the rows are in place, the current top has to stay. It is read from the list, because
  // reading the element would force a layout within each scroll event.
  useLayoutEffect(() => {
    const row = Math.floor(offset / ROW_HEIGHT);
    const key = tree.nodes[rows[row] ?? -1]?.key;
    top.current = key === undefined ? undefined : { key, row };
    tracePlace(traceId).scrollTop = offset;
  }, [traceId, tree, rows, offset]);
}
