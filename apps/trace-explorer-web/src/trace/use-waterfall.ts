import type { SpanSummary } from '@span-links/explorer-api';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { searchSpans } from './span-search.ts';
import { spanTree, type SpanTree } from './span-tree.ts';
import { clampWindow, isWhole, wholeWindow, type TimeWindow } from './time-window.ts';
import { tracePlace } from './trace-place.ts';
import { ancestorKeys, rowOf, visibleRows, without } from './visible-rows.ts';

/** The row that the reader is on, and how it came to be: each `turn` is shown once. */
export interface ActiveRow {
  readonly key: string | undefined;
  readonly turn: number;
  readonly takesFocus: boolean;
  readonly align: 'auto' | 'center';
}

export interface Waterfall {
  readonly tree: SpanTree;
  readonly collapsed: ReadonlySet<string>;
  readonly setCollapsed: (collapsed: ReadonlySet<string>) => void;
  /** Places of the visible nodes in `tree.nodes`. */
  readonly rows: readonly number[];
  readonly active: ActiveRow;
  /** Row of the active node or of what hides it; 0 where there is none. */
  readonly activeRow: number;
  /** Goes to a node; opens what hides it. */
  readonly goTo: (index: number, how?: Partial<Pick<ActiveRow, 'takesFocus' | 'align'>>) => void;
  readonly window: TimeWindow;
  readonly setWindow: (window: TimeWindow) => void;
  readonly isZoomed: boolean;
  readonly search: string;
  readonly setSearch: (search: string) => void;
  readonly matches: readonly number[];
  readonly services: ReadonlySet<string>;
  readonly toggleService: (service: string) => void;
}

/** What is open, where the reader is, and which part of the time they look at. */
export function useWaterfall(traceId: string, spans: readonly SpanSummary[]): Waterfall {
  const tree = useMemo(() => spanTree(spans), [spans]);
  const place = tracePlace(traceId);
  const [collapsed, setCollapsed] = useState(place.collapsed);
  const [chosen, setChosen] = useState(place.window);
  const [active, setActive] = useState<ActiveRow>({
    key: place.activeKey,
    turn: 0,
    takesFocus: false,
    align: 'auto',
  });
  useEffect(() => {
    Object.assign(place, { collapsed, window: chosen, activeKey: active.key });
  }, [place, collapsed, chosen, active.key]);

  const rows = useMemo(() => visibleRows(tree.nodes, collapsed), [tree, collapsed]);
  const { durationNs } = tree;
  const window = useMemo(
    () => (chosen ? clampWindow(chosen, durationNs) : wholeWindow(durationNs)),
    [chosen, durationNs],
  );
  // A trace that is seen whole stays so while it grows.
  const setWindow = useCallback(
    (next: TimeWindow) => setChosen(isWhole(next, durationNs) ? null : next),
    [durationNs],
  );
  const goTo = useCallback<Waterfall['goTo']>(
    (index, { takesFocus = true, align = 'auto' } = {}) => {
      const key = tree.nodes[index]?.key;
      if (key === undefined) return;
      setCollapsed((before) => without(before, ancestorKeys(tree.nodes, index)));
      setActive(({ turn }) => ({ key, turn: turn + 1, takesFocus, align }));
    },
    [tree],
  );
  const activeRow = Math.max(0, rowOf(rows, tree.indexOf.get(active.key ?? '') ?? 0));
  return {
    tree,
    collapsed,
    setCollapsed,
    rows,
    active,
    activeRow,
    goTo,
    window,
    setWindow,
    isZoomed: !isWhole(window, durationNs),
    ...useFinding(tree),
  };
}

function useFinding(tree: SpanTree) {
  const [search, setSearch] = useState('');
  const [services, setServices] = useState<ReadonlySet<string>>(new Set());
  const matches = useMemo(() => searchSpans(tree.nodes, search), [tree, search]);
  const toggleService = useCallback((service: string) => {
    setServices((before) => {
      const next = new Set(before);
      if (!next.delete(service)) next.add(service);
      return next;
    });
  }, []);
  return { search, setSearch, matches, services, toggleService };
}
