import { nextOf } from './span-search.ts';
import { panWindow, windowAround, windowWith, wholeWindow, zoomWindow } from './time-window.ts';
import type { TraceCommand } from './trace-keys.ts';
import type { Selection } from './use-selection.ts';
import type { Waterfall } from './use-waterfall.ts';
import { collapseAll, collapseLevel, expandLevel, hasChildren, without } from './visible-rows.ts';

/** The surroundings that commands use besides the waterfall and the address. */
export interface CommandSurroundings {
  readonly focusSearch: () => void;
  readonly showHelp: () => void;
}

type Commands = Readonly<Record<TraceCommand, () => void>>;

/** One zoom step in or out. */
export const ZOOM_STEP = 0.6;
const PAGE_ROWS = 20;

/** All commands of the keys and buttons of the trace view. */
export function traceCommands(
  waterfall: Waterfall,
  selection: Selection,
  { focusSearch, showHelp }: CommandSurroundings,
): Commands {
  return {
    ...moves(waterfall, selection),
    ...treeCommands(waterfall, selection),
    ...zooms(waterfall),
    waterfall: () => selection.showView('waterfall'),
    graph: () => selection.showView('graph'),
    timeline: () => selection.showView('timeline'),
    search: focusSearch,
    help: showHelp,
    close: () => {
      if (selection.spanId === undefined) return;
      selection.close();
      waterfall.goTo(waterfall.rows[waterfall.activeRow] ?? 0);
    },
  };
}

/** Activates a node. An open detail panel follows. */
export function visit(waterfall: Waterfall, selection: Selection, index: number | undefined): void {
  const { tree, goTo } = waterfall;
  const node = index === undefined ? undefined : tree.nodes[index];
  if (index === undefined || !node) return;
  goTo(index);
  if (selection.spanId !== undefined) selection.follow(node.span.spanId);
}

function moves(waterfall: Waterfall, selection: Selection) {
  const { rows, activeRow, tree, matches, window, setWindow } = waterfall;
  const here = rows[activeRow] ?? 0;
  const to = (row: number) => visit(waterfall, selection, rows[Math.min(rows.length - 1, Math.max(0, row))]);
  const find = (index: number | undefined) => {
    visit(waterfall, selection, index);
    const node = index === undefined ? undefined : tree.nodes[index];
    if (node) setWindow(windowWith(window, node.startNs, node.span.durationNs, tree.durationNs));
  };
  const errors = () => tree.nodes.flatMap(({ span }, index) => (span.status === 'error' ? [index] : []));
  return {
    // The first key press starts at the first row instead of skipping it.
    next: () => to(waterfall.active.key === undefined ? 0 : activeRow + 1),
    previous: () => to(activeRow - 1),
    first: () => to(0),
    last: () => to(rows.length - 1),
    pageDown: () => to(activeRow + PAGE_ROWS),
    pageUp: () => to(activeRow - PAGE_ROWS),
    nextMatch: () => find(nextOf(matches, here, 1)),
    previousMatch: () => find(nextOf(matches, here, -1)),
    nextError: () => find(nextOf(errors(), here, 1)),
  };
}

function treeCommands(waterfall: Waterfall, selection: Selection) {
  const { tree, rows, activeRow, collapsed, setCollapsed } = waterfall;
  const index = rows[activeRow] ?? 0;
  const node = tree.nodes[index];
  const isParent = hasChildren(tree.nodes, index);
  const isClosed = node !== undefined && collapsed.has(node.key);
  const open = () => node && selection.select(node.span.spanId);
  const expand = () => node && setCollapsed(without(collapsed, [node.key]));
  const shut = () => node && setCollapsed(new Set([...collapsed, node.key]));
  return {
    open: () => void open(),
    openOrExpand: () => void (isParent && isClosed ? expand() : open()),
    collapse: () => {
      if (isParent && !isClosed) shut();
      else if (node && node.parent >= 0) visit(waterfall, selection, node.parent);
    },
    toggle: () => void (isParent ? (isClosed ? expand() : shut()) : open()),
    links: () => node && selection.select(node.span.spanId, 'links'),
    expandAll: () => setCollapsed(new Set()),
    collapseAll: () => setCollapsed(collapseAll(tree.nodes)),
    expandLevel: () => setCollapsed(expandLevel(tree.nodes, collapsed)),
    collapseLevel: () => setCollapsed(collapseLevel(tree.nodes, collapsed)),
  };
}

function zooms({ tree, rows, activeRow, window, setWindow }: Waterfall) {
  const { durationNs } = tree;
  return {
    zoomIn: () => setWindow(zoomWindow(window, ZOOM_STEP, durationNs)),
    zoomOut: () => setWindow(zoomWindow(window, 1 / ZOOM_STEP, durationNs)),
    zoomReset: () => setWindow(wholeWindow(durationNs)),
    zoomSpan: () => {
      const node = tree.nodes[rows[activeRow] ?? 0];
      if (node) setWindow(windowAround(node.startNs, node.span.durationNs, durationNs));
    },
    panLeft: () => setWindow(panWindow(window, -0.25, durationNs)),
    panRight: () => setWindow(panWindow(window, 0.25, durationNs)),
  };
}
