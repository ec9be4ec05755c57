import { formatQuery, type LinkMap, type MapLink, type MapNode } from '@span-links/explorer-api';
import type { LayoutInput } from '../graph/dagre-input.ts';
import { textWidth } from '../picture/fit-text.ts';
import { formatDuration } from '../time/duration.ts';

export const NODE = { width: 232, height: 78 } as const;
export const LABEL_PX = 12;
const MOST_SHOWN = 100;

/** A line of the map: a call, or a link, which goes from the linked span to the linking span. */
export type MapLine = LinkMap['calls'][number] & { readonly key: string; readonly link?: MapLink };

/** The part of a map that is drawn. */
export interface ShownMap {
  readonly nodes: readonly MapNode[];
  readonly lines: readonly MapLine[];
  /** Links of an operation to itself, such as repeated attempts. */
  readonly ownLinks: ReadonlyMap<number, MapLink>;
  readonly waitingAt: ReadonlyMap<number, LinkMap['waiting'][number]>;
  readonly minutes: number;
  /**
   * Operations that are not drawn because they have no links and do not lead to operations with
   * links.
   */
  readonly hidden: number;
}

/**
 * Shows both ends of all links, their callers, and calls between services; everything on request.
 */
export function shownMap(map: LinkMap, hasInner: boolean): ShownMap {
  const byId = new Map(map.nodes.map((node) => [node.id, node]));
  const callers = new Map<number, number[]>();
  for (const { from, to } of map.calls) callers.set(to, [...(callers.get(to) ?? []), from]);
  const kept = new Set(map.links.flatMap(({ from, to }) => [from, to]));
  for (const { from, to } of map.waiting) for (const id of [from, to]) if (id !== null) kept.add(id);
  for (const { from, to } of map.calls)
    if (byId.get(from)?.service !== byId.get(to)?.service) kept.add(from).add(to);
  // The set grows during the walk, so callers of callers are included.
  for (const id of kept) for (const caller of callers.get(id) ?? []) kept.add(caller);
  const nodes = map.nodes
    .filter(({ id }) => hasInner || kept.size === 0 || kept.has(id))
    .slice(0, MOST_SHOWN);
  const shown = new Set(nodes.map(({ id }) => id));
  const isShown = ({ from, to }: { from: number; to: number }) =>
    from !== to && shown.has(from) && shown.has(to);
  return {
    nodes,
    lines: [
      ...map.calls.filter(isShown).map((call) => ({ ...call, key: `c ${call.from} ${call.to}` })),
      ...map.links.filter(isShown).map((link) => ({ ...link, key: `l ${link.id}`, link })),
    ],
    ownLinks: new Map(map.links.filter(({ from, to }) => from === to).map((link) => [link.from, link])),
    waitingAt: new Map(
      map.waiting.flatMap((waiting) => {
        const at = waiting.to ?? waiting.from;
        return at === null ? [] : [[at, waiting] as const];
      }),
    ),
    minutes: minutesOf(map),
    hidden: map.nodes.length - nodes.length,
  };
}

/** The time with counts. */
export function minutesOf({ to, since }: Pick<LinkMap, 'to' | 'since'>): number {
  return Math.max(1, Number(BigInt(to) - BigInt(since)) / 60e9);
}

/** The map for the layout. The engine turns calls that form a circle. */
export function mapLayoutInput({ nodes, lines, minutes }: ShownMap): LayoutInput {
  return {
    nodes: nodes.map(({ id }) => ({ id: String(id), ...NODE })),
    edges: lines.map((line) => ({
      key: line.key,
      left: String(line.from),
      right: String(line.to),
      isTurned: false,
      labelWidth: line.link ? Math.ceil(textWidth(lineLabel(line, minutes), LABEL_PX)) + 12 : 1,
      labelHeight: line.link ? 20 : 1,
    })),
  };
}

/** `12/min, p95 4.2 s`. Empty for a call, because its figures are those of its operation. */
export function lineLabel({ link }: MapLine, minutes: number): string {
  if (!link) return '';
  return `${rate(link.count, minutes)}, p95 ${formatDuration(link.p95Ns)}${link.errors > 0 ? ' ✗' : ''}`;
}

export function rate(count: number, minutes: number): string {
  const perMinute = count / Math.max(1, minutes);
  if (perMinute >= 120) return `${threeDigits(perMinute / 60)}/s`;
  if (perMinute >= 1) return `${threeDigits(perMinute)}/min`;
  return `${count.toLocaleString('en')} in all`;
}

export function share(part: number, whole: number): string {
  const percent = (100 * part) / Math.max(1, whole);
  return `${percent >= 10 || percent === 0 ? Math.round(percent) : percent.toFixed(1)} %`;
}

/** One sentence with all figures of a line, for pointer and screen reader users. */
export function lineSentence(line: MapLine, shown: ShownMap): string {
  const nameOf = (id: number) => shown.nodes.find((node) => node.id === id)?.operation ?? '';
  const failed = line.errors > 0 ? `, ${share(line.errors, line.count)} failed` : '';
  if (!line.link) {
    return `${nameOf(line.from)} calls ${nameOf(line.to)}: ${rate(line.count, shown.minutes)}${failed}`;
  }
  const { relation, p50Ns, p95Ns, maxNs } = line.link;
  const kind = relation === '' ? '' : ` (${relation})`;
  return `${nameOf(line.from)} ⇢ ${nameOf(line.to)}${kind}: ${rate(line.count, shown.minutes)}${failed}, waited ${formatDuration(p50Ns)} (p50), ${formatDuration(p95Ns)} (p95), ${formatDuration(maxNs)} at most`;
}

export function nodeSentence(node: MapNode, shown: ShownMap): string {
  const { service, operation, count, errors, p50Ns, p95Ns, fanIn } = node;
  const own = shown.ownLinks.get(node.id);
  const parts = [
    rate(count, shown.minutes),
    `${share(errors, count)} failed`,
    `${formatDuration(p50Ns)} (p50), ${formatDuration(p95Ns)} (p95)`,
    fanIn === null || fanIn.max < 2 ? '' : `${fanIn.p50} links each (p50), ${fanIn.max} at most`,
    own ? `${own.count.toLocaleString('en')} links to itself` : '',
  ];
  return `${operation} of ${service}: ${parts.filter((part) => part !== '').join('; ')}`;
}

/** The search for journeys with a span of this operation. */
export function nodeQuery({ service, operation }: Pick<MapNode, 'service' | 'operation'>): string {
  const place = { from: 0, to: 0, operator: '=' } as const;
  return formatQuery({
    terms: [
      { ...place, field: 'service', values: [service] },
      { ...place, field: 'name', values: [operation] },
    ],
  });
}

function threeDigits(value: number): string {
  return value >= 99.5 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)));
}
