import { textIn, type Parameters } from '../app/address-text.ts';
import type { SpanNode } from './span-tree.ts';
import type { TimeWindow } from './time-window.ts';
import { hasChildren } from './visible-rows.ts';

/** The state of the waterfall in the address. */
export interface WaterfallAddress {
  /** The visible part of the time, in ns since the start of the trace: `1000-250000`. */
  readonly zoom?: string;
  /** The text of "Find in this trace". */
  readonly find?: string;
  /** The highlighted services, separated by commas. */
  readonly services?: string;
  /**
   * The closed rows, separated by dots. `L2` closes all rows from the second level on. The IDs
   * after it are the exceptions.
   */
  readonly closed?: string;
}

export const FIND_MAX = 200;
/** An address has room for this many closed rows. The rows that were closed first are left out. */
export const CLOSED_MAX = 30;
// A list of this many rows is short enough.
const FEW = 3;
// Deeper levels would cost time: a trace may be one chain of 10,000 spans.
const LEVELS_MAX = 50;
const SERVICES_MAX = 10;
const SERVICE_TEXT_MAX = 400;

const ZOOM = /^(\d{1,16})-(\d{1,16})$/;
const CLOSED = /^(?:L\d{1,3}|[0-9a-f]{16}(?:~\d{1,5})?)(?:\.[0-9a-f]{16}(?:~\d{1,5})?){0,30}$/;

/** Reads the state from the parameters of an address. Invalid values are left out. */
export function waterfallAddressOf(search: Parameters): WaterfallAddress {
  const [zoom, find, services, closed] = [
    search['zoom'],
    search['find'],
    search['services'],
    search['closed'],
  ].map(textIn) as [string, string, string, string];
  const hasServices = services.length <= SERVICE_TEXT_MAX && servicesOf(services).size > 0;
  return {
    ...(windowOf(zoom) && { zoom }),
    ...(find.trim() !== '' && { find: find.slice(0, FIND_MAX) }),
    ...(hasServices && { services }),
    ...(CLOSED.test(closed) && { closed }),
  };
}

export function zoomText(window: TimeWindow | null): string | undefined {
  // Outward, so that nothing that was in sight is lost.
  return window ? `${Math.floor(window.fromNs)}-${Math.ceil(window.toNs)}` : undefined;
}

export function windowOf(zoom = ''): TimeWindow | null {
  const [, from, to] = ZOOM.exec(zoom) ?? [];
  const [fromNs, toNs] = [Number(from), Number(to)];
  return Number.isSafeInteger(toNs) && fromNs < toNs ? { fromNs, toNs } : null;
}

export function servicesText(services: ReadonlySet<string>): string | undefined {
  const text = [...services].slice(0, SERVICES_MAX).map(escaped).join(',');
  return text !== '' && text.length <= SERVICE_TEXT_MAX ? text : undefined;
}

export function servicesOf(text = ''): ReadonlySet<string> {
  try {
    return new Set(text.split(',').filter(Boolean).slice(0, SERVICES_MAX).map(decodeURIComponent));
  } catch {
    // A percent sign without a code.
    return new Set();
  }
}

/**
 * Closed rows as a level and its exceptions, whichever level needs the fewest: "Collapse all" in
 * a trace of 10,000 spans is two characters.
 */
export function closedText(collapsed: ReadonlySet<string>, nodes: readonly SpanNode[]): string | undefined {
  let best = { level: 0, exceptions: [...collapsed] };
  const levels = collapsed.size > FEW ? Math.min(deepest(nodes), LEVELS_MAX) : 0;
  for (let level = 1; level <= levels && best.exceptions.length > 0; level++) {
    const exceptions = difference(closedFrom(level, nodes), collapsed);
    if (exceptions.length < best.exceptions.length) best = { level, exceptions };
  }
  const parts = [...(best.level > 0 ? [`L${best.level}`] : []), ...best.exceptions.slice(-CLOSED_MAX)];
  return parts.length > 0 ? parts.join('.') : undefined;
}

export function collapsedOf(closed: string | undefined, nodes: readonly SpanNode[]): ReadonlySet<string> {
  const parts = closed?.split('.') ?? [];
  const [, level] = /^L(\d+)$/.exec(parts[0] ?? '') ?? [];
  const exceptions = new Set(level === undefined ? parts : parts.slice(1));
  return new Set(difference(exceptions, closedFrom(Number(level ?? NaN), nodes)));
}

function closedFrom(level: number, nodes: readonly SpanNode[]): ReadonlySet<string> {
  return new Set(
    nodes.filter((node, index) => node.level >= level && hasChildren(nodes, index)).map(({ key }) => key),
  );
}

/** The keys that only one of them has; those of the second one last. */
function difference(first: ReadonlySet<string>, second: ReadonlySet<string>): string[] {
  return [...[...first].filter((key) => !second.has(key)), ...[...second].filter((key) => !first.has(key))];
}

function deepest(nodes: readonly SpanNode[]): number {
  return nodes.reduce((level, node) => Math.max(level, node.level), 0);
}

function escaped(service: string): string {
  return service.replace(/[%,]/g, encodeURIComponent);
}
