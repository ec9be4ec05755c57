import type {
  LinkMap,
  MapLink,
  MapNode,
  MapRange,
  MapWaiting,
  WaitHistory,
  WaitPage,
} from '@span-links/explorer-api';
import type pg from 'pg';
import { MAP_LEVELS } from '../map/count-spans.ts';
import { bucketStartNs } from '../map/time-bucket.ts';
import { readSql } from '../sql.ts';
import { CountedMap, shownNodes, type CountRow, type EdgeRow } from './counted-map.ts';
import { preparedStatement } from './prepared-statement.ts';

const EDGES = preparedStatement('map-edges');
const SINCE = preparedStatement('map-since');
const PENDING = preparedStatement('map-pending');
// Planned each time because the number of slots depends on the parameters.
const COUNTS = readSql('read/map-counts');
const HISTORY = readSql('read/map-history');
const WAITING = readSql('read/waiting-journeys');

const MOST_PAIRS = 600;
const MOST_HISTORIES = 24;
const MOST_WAITING = 5_000;
const [MINUTE_S, TEN_S, HOUR_S] = MAP_LEVELS;
/** Up to this time, slots are minutes; above, they are tens of minutes. */
const MINUTES_UP_TO_S = 90 * MINUTE_S;
const TENS_UP_TO_S = 24 * HOUR_S;
const LONGEST_S = 31 * 24 * HOUR_S;
const COLUMNS = 60;
const LEAST_COLUMNS = 15n;
/** A heatmap shows two buckets as one: half an octave. */
const BUCKETS_SHOWN_AS_ONE = 2;

/** Slots of the counts, both ends included. */
interface Slots {
  readonly level: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** Reads the map that its upkeep has counted, about two seconds after the spans came in. */
export class MapReader {
  constructor(private readonly pool: pg.Pool) {}

  /** @throws RangeError if the time is longer than 31 days. */
  async map(fromNs: bigint, toNs: bigint): Promise<LinkMap> {
    const slots = slotsOf(fromNs, toNs);
    const [counted, range, waiting] = await Promise.all([
      this.#counted(slots),
      this.#range(slots),
      this.#waiting(),
    ]);
    const { nodes, isCut } = shownNodes(counted);
    const shown = new Set(nodes.map(({ id }) => id));
    const isShown = ({ from, to }: { from: number; to: number }) => shown.has(from) && shown.has(to);
    const nodeId = idByName(nodes);
    return {
      ...range,
      nodes,
      calls: counted.calls.filter(isShown).slice(0, MOST_PAIRS),
      links: counted.links.filter(isShown).slice(0, MOST_PAIRS),
      waiting: waiting.map(({ from, to, ...rest }) => ({ ...rest, from: nodeId(from), to: nodeId(to) })),
      truncated:
        isCut || counted.isFull || counted.calls.length > MOST_PAIRS || counted.links.length > MOST_PAIRS,
    };
  }

  /** @throws RangeError if the time is longer than 31 days. */
  async waits(fromNs: bigint, toNs: bigint): Promise<WaitPage> {
    const asked = slotsOf(fromNs, toNs);
    const since = await this.#since(asked);
    const slots = trimmed(asked, since);
    const [counted, range, waiting] = await Promise.all([
      this.#counted(slots),
      this.#range(slots),
      this.#waiting(),
    ]);
    const links = counted.links.slice(0, MOST_HISTORIES);
    const slotCount = Number(slots.last - slots.first) + 1;
    const slotsPerColumn = Math.ceil(slotCount / COLUMNS);
    const columns = Math.ceil(slotCount / slotsPerColumn);
    const histories = await this.#histories(counted, links, slots, { slotsPerColumn, columns });
    const last = Math.max(0, ...histories.flatMap(({ cells }) => cells.map(([, bucket]) => bucket)));
    return {
      ...range,
      columnNs: slotsPerColumn * slots.level * 1e9,
      columns,
      bucketsNs: Array.from({ length: last + 2 }, (_, place) =>
        place === 0 ? 0 : Math.round(bucketStartNs((place - 1) * BUCKETS_SHOWN_AS_ONE + 1)),
      ),
      waits: histories,
      waiting,
      truncated: counted.isFull || counted.links.length > MOST_HISTORIES,
    };
  }

  async #histories(
    counted: CountedMap,
    links: readonly MapLink[],
    { level, first, last }: Slots,
    { slotsPerColumn, columns }: { slotsPerColumn: number; columns: number },
  ): Promise<WaitHistory[]> {
    const nodeEdges = new Map<number, number[]>();
    for (const { id, kind, a } of counted.edges) {
      const node = counted.nodeOf.get(a);
      if (kind === 'n' && node !== undefined) nodeEdges.set(node, [...(nodeEdges.get(node) ?? []), id]);
    }
    const sourceEdges = links.flatMap(({ from }) => nodeEdges.get(from) ?? []);
    const linkEdges = links.flatMap(({ id }) => counted.edgesOfLink.get(id) ?? []);
    const { rows } = await this.pool.query<{ edge: number; place: number; bucket: number; count: number }>(
      HISTORY,
      [
        level,
        Array.from({ length: Number(last - first) + 1 }, (_, place) => first + BigInt(place)),
        [...new Set([...sourceEdges, ...linkEdges])],
        slotsPerColumn,
      ],
    );
    const names = new Map(counted.nodes.map((node) => [node.id, node]));
    return links.map((link) => {
      const sources = new Set(nodeEdges.get(link.from));
      const own = new Set(counted.edgesOfLink.get(link.id));
      const arrived = new Array<number>(columns).fill(0);
      const pickedUp = new Array<number>(columns).fill(0);
      const cells = new Map<string, [number, number, number]>();
      for (const { edge, place, bucket, count } of rows) {
        if (sources.has(edge)) arrived[place] = (arrived[place] ?? 0) + count;
        if (!own.has(edge)) continue;
        pickedUp[place] = (pickedUp[place] ?? 0) + count;
        const shown = Math.ceil(bucket / BUCKETS_SHOWN_AS_ONE);
        const cell = cells.get(`${place} ${shown}`);
        if (cell) cell[2] += count;
        else cells.set(`${place} ${shown}`, [place, shown, count]);
      }
      const sorted = [...cells.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      return {
        link,
        from: nameOf(names.get(link.from)),
        to: nameOf(names.get(link.to)),
        arrived,
        pickedUp,
        cells: sorted,
      };
    });
  }

  async #range(slots: Slots): Promise<MapRange> {
    const [pending, since] = await Promise.all([
      this.pool.query<{ spans: number }>(PENDING),
      this.#since(slots),
    ]);
    const { level, first, last } = slots;
    const slotNs = BigInt(level) * 1_000_000_000n;
    return {
      from: String(first * slotNs),
      to: String((last + 1n) * slotNs),
      since: String((since ?? last + 1n) * slotNs),
      pendingSpans: pending.rows[0]?.spans ?? 0,
    };
  }

  /** The first slot with any counts. */
  async #since({ level, first, last }: Slots): Promise<bigint | undefined> {
    const { rows } = await this.pool.query<{ slot: string }>({ ...SINCE, values: [level, first, last] });
    return rows[0] && BigInt(rows[0].slot);
  }

  async #waiting(): Promise<WaitPage['waiting'][number][]> {
    const { rows } = await this.pool.query<{
      from_service: string | null;
      from_operation: string | null;
      to_service: string | null;
      to_operation: string | null;
      count: number;
      oldest: string;
      journey_id: string;
    }>(WAITING, [MOST_WAITING]);
    const end = (service: string | null, operation: string | null) =>
      service === null || operation === null ? null : { service, operation };
    return rows.map((row) => ({
      from: end(row.from_service, row.from_operation),
      to: end(row.to_service, row.to_operation),
      count: row.count,
      oldest: row.oldest,
      journeyId: row.journey_id,
    }));
  }

  async #counted(slots: Slots): Promise<CountedMap> {
    const pieces = piecesOf(slots);
    const [edges, counts] = await Promise.all([
      this.pool.query<EdgeRow>(EDGES),
      this.pool.query<CountRow>(COUNTS, [
        pieces.map(({ level }) => level),
        pieces.map(({ first }) => first),
        pieces.map(({ last }) => last),
      ]),
    ]);
    return new CountedMap(edges.rows, counts.rows);
  }
}

/** Tens of minutes in the middle, minutes at both ends: an hour is 25 slots at most instead of 60. */
function piecesOf({ level, first, last }: Slots): Slots[] {
  if (level !== MINUTE_S) return [{ level, first, last }];
  const [firstTen, lastTen] = [(first + 9n) / 10n, (last + 1n) / 10n - 1n];
  if (lastTen < firstTen) return [{ level, first, last }];
  return [
    { level, first, last: firstTen * 10n - 1n },
    { level: TEN_S, first: firstTen, last: lastTen },
    { level, first: (lastTen + 1n) * 10n, last },
  ];
}

function idByName(nodes: readonly MapNode[]) {
  const ids = new Map(nodes.map(({ id, service, operation }) => [`${service}\u001f${operation}`, id]));
  return (end: Pick<MapNode, 'service' | 'operation'> | null): MapWaiting['from'] =>
    end === null ? null : (ids.get(`${end.service}\u001f${end.operation}`) ?? null);
}

function nameOf(node: MapNode | undefined) {
  return { service: node?.service ?? '', operation: node?.operation ?? '' };
}

function slotsOf(fromNs: bigint, toNs: bigint): Slots {
  const seconds = Number((toNs - fromNs) / 1_000_000_000n);
  if (seconds > LONGEST_S) throw new RangeError('the time must not be longer than 31 days');
  const level = seconds <= MINUTES_UP_TO_S ? MINUTE_S : seconds <= TENS_UP_TO_S ? TEN_S : HOUR_S;
  const slotNs = BigInt(level) * 1_000_000_000n;
  const first = fromNs / slotNs;
  const last = toNs / slotNs;
  return { level, first, last: last < first ? first : last };
}

/**
 * Removes the slots before the first span but keeps a few columns, so an explorer that has just
 * started shows minutes.
 */
function trimmed({ level, first, last }: Slots, since: bigint | undefined): Slots {
  const latest = last - LEAST_COLUMNS + 1n;
  const start = since === undefined || since > latest ? latest : since;
  return { level, first: start > first ? start : first, last };
}
