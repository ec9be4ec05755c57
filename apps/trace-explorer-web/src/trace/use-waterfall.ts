import type { SpanSummary } from '@span-links/explorer-api';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useAddressState } from '../app/use-address-state.ts';
import { findQuery } from '../api/queries.ts';
import { searchSpans } from './span-search.ts';
import { spanTree, type SpanTree } from './span-tree.ts';
import { clampWindow, isWhole, wholeWindow, type TimeWindow } from './time-window.ts';
import { tracePlace, type TracePlace } from './trace-place.ts';
import { ancestorKeys, rowOf, visibleRows, without } from './visible-rows.ts';
import {
  closedText,
  collapsedOf,
  servicesOf,
  servicesText,
  windowOf,
  zoomText,
  type WaterfallAddress,
} from './waterfall-address.ts';

/** The reader's row, and how it was reached. Each `turn` is shown once. */
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
  /** The row of the active node or of the node that hides it; 0 if there is none. */
  readonly activeRow: number;
  /** Goes to a node and opens the nodes that hide it. */
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

/** The open nodes, the reader's row, and the visible part of the time. */
export function useWaterfall(traceId: string, spans: readonly SpanSummary[]): Waterfall {
  const tree = useMemo(() => spanTree(spans), [spans]);
  const place = tracePlace(traceId);
  const address: WaterfallAddress = useSearch({ from: '/trace/$traceId' });
  const [collapsed, setCollapsed] = useState(() => collapsedAt(address, place, tree));
  const [chosen, setChosen] = useState(() => windowOf(address.zoom));
  const finding = useFinding(traceId, tree, address);
  const [active, setActive] = useState<ActiveRow>({
    key: place.activeKey,
    turn: 0,
    takesFocus: false,
    align: 'auto',
  });
  useEffect(() => {
    Object.assign(place, { collapsed, activeKey: active.key });
  }, [place, collapsed, active.key]);
  const closed = useMemo(() => closedText(collapsed, tree.nodes), [collapsed, tree]);
  useAddressState(
    {
      zoom: zoomText(chosen),
      closed,
      find: finding.search.trim() === '' ? undefined : finding.search,
      services: servicesText(finding.services),
    },
    (there) => {
      setChosen(windowOf(there.zoom));
      setCollapsed(collapsedAt(there, place, tree));
      finding.adopt(there);
    },
  );

  const rows = useMemo(() => visibleRows(tree.nodes, collapsed), [tree, collapsed]);
  const { durationNs } = tree;
  const window = useMemo(
    () => (chosen ? clampWindow(chosen, durationNs) : wholeWindow(durationNs)),
    [chosen, durationNs],
  );
  // A trace that is fully visible stays so while it grows.
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
    ...finding,
  };
}

/** The reader's own rows if the address means them: it may have had no room for all of them. */
function collapsedAt(
  { closed }: WaterfallAddress,
  place: TracePlace,
  { nodes }: SpanTree,
): ReadonlySet<string> {
  return closedText(place.collapsed, nodes) === closed ? place.collapsed : collapsedOf(closed, nodes);
}

const FIND_MS = 200;
const NONE: ReadonlySet<string> = new Set();

/**
 * Matches in loaded fields are found at once. The server finds attributes, events and messages a
 * moment later.
 */
function useFinding(traceId: string, tree: SpanTree, address: WaterfallAddress) {
  const [search, setSearch] = useState(address.find ?? '');
  const [asked, setAsked] = useState(search.trim());
  useEffect(() => {
    const timer = window.setTimeout(() => setAsked(search.trim()), FIND_MS);
    return () => window.clearTimeout(timer);
  }, [search]);
  const { data } = useQuery({ ...findQuery(traceId, asked), enabled: asked.length > 1 });
  const isAnswered = asked.length > 1 && asked === search.trim();
  const alsoFound = useMemo(() => (isAnswered && data ? new Set(data.spanIds) : NONE), [isAnswered, data]);
  const [services, setServices] = useState(() => servicesOf(address.services));
  const matches = useMemo(() => searchSpans(tree.nodes, search, alsoFound), [tree, search, alsoFound]);
  const toggleService = useCallback((service: string) => {
    setServices((before) => {
      const next = new Set(before);
      if (!next.delete(service)) next.add(service);
      return next;
    });
  }, []);
  const adopt = (there: WaterfallAddress) => {
    setSearch(there.find ?? '');
    setServices(servicesOf(there.services));
  };
  return { search, setSearch, matches, services, toggleService, adopt };
}
