import type { LinkMap, MapLink, MapNode } from '@span-links/explorer-api';
import { MOST_EDGES } from '../map/count-spans.ts';
import { TimeBuckets } from '../map/time-bucket.ts';
import { spanKind } from './span-row.ts';

const MOST_NODES = 300;

/** A counted pair with the name of its first operation. */
export interface EdgeRow {
  readonly id: number;
  readonly kind: 'n' | 'f' | 'c' | 'l';
  readonly a: number;
  readonly b: number;
  readonly relation: string;
  readonly service: string;
  readonly name: string;
  readonly span_kind: number;
}

export interface CountRow {
  readonly edge: number;
  readonly bucket: number;
  readonly count: number;
  readonly errors: number;
  readonly most: number;
}

/** The counts by service and operation. Spans of one name and of several kinds are one node. */
export class CountedMap {
  readonly nodes: MapNode[];
  readonly calls: LinkMap['calls'][number][];
  readonly links: MapLink[];
  /** The node of each operation. */
  readonly nodeOf = new Map<number, number>();
  /** The pairs behind a link of the map, by the id of the link. */
  readonly edgesOfLink = new Map<number, number[]>();
  readonly #buckets = new Map<number, TimeBuckets>();
  /** True if there are more pairs than are counted. */
  readonly isFull: boolean;

  constructor(
    readonly edges: readonly EdgeRow[],
    counts: readonly CountRow[],
  ) {
    for (const { edge, bucket, count, errors, most } of counts) {
      const known = this.#buckets.get(edge) ?? new TimeBuckets();
      this.#buckets.set(edge, known);
      known.add(bucket, count, errors, most);
    }
    this.isFull = edges.length >= MOST_EDGES;
    const byName = new Map<string, number>();
    for (const { kind, a, service, name } of edges) {
      if (kind !== 'n') continue;
      const key = `${service}\u001f${name}`;
      if (!byName.has(key)) byName.set(key, a);
      this.nodeOf.set(a, byName.get(key)!);
    }
    this.nodes = this.#nodes();
    this.calls = this.#pairs('c').map(({ from, to, found }) => ({
      from,
      to,
      count: found.count,
      errors: found.errors,
    }));
    this.links = this.#pairs('l').map(({ from, to, relation, ids, found }) => {
      const id = ids[0]!;
      this.edgesOfLink.set(id, ids);
      return { id, from, to, relation, ...figures(found) };
    });
  }

  #nodes(): MapNode[] {
    const found = new Map<number, { row: EdgeRow; spans: TimeBuckets; links: TimeBuckets }>();
    for (const row of this.edges) {
      const node = this.nodeOf.get(row.a);
      const counts = this.#buckets.get(row.id);
      if (node === undefined || !counts || (row.kind !== 'n' && row.kind !== 'f')) continue;
      const known = found.get(node) ?? { row, spans: new TimeBuckets(), links: new TimeBuckets() };
      found.set(node, known);
      (row.kind === 'n' ? known.spans : known.links).addAll(counts);
    }
    return [...found].map(([id, { row, spans, links }]) => ({
      id,
      service: row.service,
      operation: row.name,
      kind: spanKind(row.span_kind),
      ...figures(spans),
      // A link counts as a microsecond.
      fanIn:
        links.count === 0
          ? null
          : { p50: Math.max(1, Math.round(links.percentile(0.5) / 1_000)), max: links.mostNs / 1_000 },
    }));
  }

  /** Sorted by frequency, most frequent first. */
  #pairs(kind: 'c' | 'l') {
    const found = new Map<
      string,
      { from: number; to: number; relation: string; ids: number[]; found: TimeBuckets }
    >();
    for (const row of this.edges) {
      const counts = this.#buckets.get(row.id);
      const [from, to] = [this.nodeOf.get(row.a), this.nodeOf.get(row.b)];
      if (row.kind !== kind || !counts || from === undefined || to === undefined) continue;
      const key = `${from} ${to} ${row.relation}`;
      const known = found.get(key) ?? { from, to, relation: row.relation, ids: [], found: new TimeBuckets() };
      found.set(key, known);
      known.ids.push(row.id);
      known.found.addAll(counts);
    }
    return [...found.values()].sort((a, b) => b.found.count - a.found.count);
  }
}

/** Both ends of links come first, then the most frequent nodes. */
export function shownNodes({ nodes, links }: CountedMap): { nodes: MapNode[]; isCut: boolean } {
  const ends = new Set(links.flatMap(({ from, to }) => [from, to]));
  const sorted = [...nodes].sort(
    (a, b) => Number(ends.has(b.id)) - Number(ends.has(a.id)) || b.count - a.count,
  );
  return { nodes: sorted.slice(0, MOST_NODES), isCut: sorted.length > MOST_NODES };
}

function figures(found: TimeBuckets) {
  return {
    count: found.count,
    errors: found.errors,
    p50Ns: found.percentile(0.5),
    p95Ns: found.percentile(0.95),
    maxNs: found.mostNs,
  };
}
