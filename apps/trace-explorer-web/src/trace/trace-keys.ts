/** The commands of keys in the trace view. */
export type TraceCommand =
  | 'next'
  | 'previous'
  | 'first'
  | 'last'
  | 'pageDown'
  | 'pageUp'
  | 'open'
  | 'openOrExpand'
  | 'collapse'
  | 'toggle'
  | 'links'
  | 'search'
  | 'nextMatch'
  | 'previousMatch'
  | 'nextError'
  | 'zoomIn'
  | 'zoomOut'
  | 'zoomReset'
  | 'zoomSpan'
  | 'panLeft'
  | 'panRight'
  | 'expandLevel'
  | 'collapseLevel'
  | 'expandAll'
  | 'collapseAll'
  | 'waterfall'
  | 'graph'
  | 'timeline'
  | 'help'
  | 'close';

export interface KeyStroke {
  readonly key: string;
  readonly shiftKey?: boolean;
  readonly ctrlKey?: boolean;
  readonly metaKey?: boolean;
  readonly altKey?: boolean;
}

/** Keys that work on a focused row, as in all trees. */
const ROW_KEYS: Readonly<Record<string, TraceCommand>> = {
  ArrowDown: 'next',
  ArrowUp: 'previous',
  ArrowRight: 'openOrExpand',
  ArrowLeft: 'collapse',
  Home: 'first',
  End: 'last',
  PageDown: 'pageDown',
  PageUp: 'pageUp',
  Enter: 'open',
  ' ': 'toggle',
};

/**
 * Single characters that work anywhere on the page except in fields. A reader can disable them
 * (WCAG 2.1.4).
 */
const PAGE_KEYS: Readonly<Record<string, TraceCommand>> = {
  j: 'next',
  k: 'previous',
  l: 'links',
  '/': 'search',
  n: 'nextMatch',
  N: 'previousMatch',
  e: 'nextError',
  '+': 'zoomIn',
  '=': 'zoomIn',
  '-': 'zoomOut',
  '0': 'zoomReset',
  z: 'zoomSpan',
  ']': 'expandLevel',
  '[': 'collapseLevel',
  '}': 'expandAll',
  '{': 'collapseAll',
  '?': 'help',
};

const VIEW_KEYS: Readonly<Record<string, TraceCommand>> = { w: 'waterfall', g: 'graph', t: 'timeline' };

/** The place of a key press, and the key before it. */
export interface KeyContext {
  readonly onRow: boolean;
  readonly characters: boolean;
  /** True if `g` was pressed a moment ago. */
  readonly afterG: boolean;
}

/** The command of a key; `'g'` if a second key must choose the view. */
export function commandOf(stroke: KeyStroke, context: KeyContext): TraceCommand | 'g' | undefined {
  if (stroke.ctrlKey || stroke.metaKey || stroke.altKey) return undefined;
  if (stroke.key === 'Escape') return 'close';
  if (context.onRow && stroke.shiftKey && stroke.key === 'ArrowLeft') return 'panLeft';
  if (context.onRow && stroke.shiftKey && stroke.key === 'ArrowRight') return 'panRight';
  if (context.onRow && Object.hasOwn(ROW_KEYS, stroke.key)) return ROW_KEYS[stroke.key];
  if (!context.characters) return undefined;
  if (context.afterG && Object.hasOwn(VIEW_KEYS, stroke.key)) return VIEW_KEYS[stroke.key];
  if (stroke.key === 'g') return 'g';
  return Object.hasOwn(PAGE_KEYS, stroke.key) ? PAGE_KEYS[stroke.key] : undefined;
}
