import type { JourneyUnit } from '@span-links/explorer-api';
import { foldKey } from '../picture/fold-key.ts';

/** A row of a journey's waterfall: a unit, or many of one kind folded into one. */
export interface WaterfallRow {
  readonly key: string;
  readonly unit: JourneyUnit;
  readonly depth: number;
  /** The folded units, or the single unit. */
  readonly units: readonly JourneyUnit[];
  /** True if the reader has unfolded the group that begins here. */
  readonly isOpen: boolean;
  /** True for more than one unit: a group, folded or not. */
  readonly isGroup: boolean;
}

/** This many units of one operation under one parent are folded. */
const FOLDED_FROM = 6;

/**
 * Rows in the order of the units. Many units of one operation under one parent are folded into one
 * row. Units that follow from a folded one count with it, unless they are on the critical path.
 */
export function waterfallRows(units: readonly JourneyUnit[], open: ReadonlySet<string>): WaterfallRow[] {
  const children = new Map<number, number[]>();
  units.forEach(({ parent }, place) => {
    const siblings = children.get(parent);
    if (siblings) siblings.push(place);
    else children.set(parent, [place]);
  });
  const rows: WaterfallRow[] = [];
  const pending: { places: readonly number[]; depth: number }[] = [
    { places: children.get(-1) ?? [], depth: 0 },
  ];
  const visit = (places: readonly number[], depth: number) => {
    for (const group of grouped(units, places)) {
      const first = group[0]!;
      const key = groupKey(units, first);
      const isGroup = group.length >= FOLDED_FROM;
      const isOpen = isGroup && open.has(key);
      if (isGroup) {
        const members = group.map((place) => units[place]!);
        rows.push({ key, unit: shownOf(members), depth, units: members, isOpen, isGroup });
      }
      if (isGroup && !isOpen) {
        const onPath = group.filter((place) => units[place]!.isOnPath);
        for (const place of onPath) visit(children.get(place) ?? [], depth + 1);
        continue;
      }
      for (const place of group) {
        const unit = units[place]!;
        const inner = depth + (isGroup ? 1 : 0);
        rows.push({
          key: unit.traceId + unit.spanId,
          unit,
          depth: inner,
          units: [unit],
          isOpen: false,
          isGroup: false,
        });
        visit(children.get(place) ?? [], inner + 1);
      }
    }
  };
  for (const { places, depth } of pending) visit(places, depth);
  return rows;
}

/** Stays the same while the journey grows, unlike the places of its units. */
function groupKey(units: readonly JourneyUnit[], place: number): string {
  const { parent, service, operation } = units[place]!;
  const { traceId = '', spanId = '' } = units[parent] ?? {};
  return foldKey(JSON.stringify([traceId, spanId, service, operation]));
}

/** Groups siblings by operation, in the order of the first of each. */
function grouped(units: readonly JourneyUnit[], places: readonly number[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const place of places) {
    const { service, operation } = units[place]!;
    const key = `${service}\u001f${operation}`;
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  return [...groups.values()];
}

/** The unit that represents a group: a failure, or the unit on the critical path. */
function shownOf(units: readonly JourneyUnit[]): JourneyUnit {
  return (
    units.find(({ hasFailed, isRetried }) => hasFailed && !isRetried) ??
    units.find(({ isOnPath }) => isOnPath) ??
    units[0]!
  );
}
