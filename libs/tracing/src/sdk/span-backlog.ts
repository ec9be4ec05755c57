import { Fifo } from './fifo.ts';
import type { EndedSpan } from './span-pipeline.ts';
import { spanSizeBytes } from './span-size.ts';

/** The rank of a span when not all can be kept: links are why this library exists, and a root names its whole trace. */
const ORDINARY = 0;
const LOCAL_ROOT = 1;
const LINK_BEARING = 2;
type Rank = typeof ORDINARY | typeof LOCAL_ROOT | typeof LINK_BEARING;

interface Entry {
  readonly span: EndedSpan;
  readonly bytes: number;
  /** Position in the order of arrival, over all ranks. */
  readonly position: number;
}

/** Both bounds apply. A backlog that is one span short of them takes one more, of any size. */
export interface BacklogLimits {
  readonly spans: number;
  readonly bytes: number;
}

/** Dropped spans, by kind. */
export interface DroppedSpans {
  /** Spans without links, including local roots. */
  ordinary: number;
  linkBearing: number;
}

/**
 * The ended spans that wait for export: bounded, in order of arrival. When it is full, it drops the span of the lowest
 * rank. The SDK's BatchSpanProcessor refuses the newest span instead, and the newest is the batch span, which has the
 * links and ends after all of its children.
 */
export class SpanBacklog {
  readonly dropped: DroppedSpans = { ordinary: 0, linkBearing: 0 };
  readonly #limits: BacklogLimits;
  readonly #ranks: readonly [Fifo<Entry>, Fifo<Entry>, Fifo<Entry>] = [new Fifo(), new Fifo(), new Fifo()];
  #bytes = 0;
  #nextPosition = 0;

  constructor(limits: BacklogLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#ranks[ORDINARY].size + this.#ranks[LOCAL_ROOT].size + this.#ranks[LINK_BEARING].size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The position of the next span. Every waiting span has a lower one. */
  get end(): number {
    return this.#nextPosition;
  }

  /** Whether a span that arrived before `position` still waits. */
  holdsBefore(position: number): boolean {
    return this.#ranks.some((rank) => (rank.first?.position ?? Infinity) < position);
  }

  hasRoomFor(spans: number): boolean {
    return this.size + spans <= this.#limits.spans && this.#bytes < this.#limits.bytes;
  }

  /** Adds a span, and drops spans of a lower rank if it must. Returns false if any span was dropped. */
  admit(span: EndedSpan): boolean {
    const rank = rankOf(span);
    let complete = true;
    while (!this.hasRoomFor(1)) {
      complete = false;
      if (!this.#evictBelow(rank)) {
        this.#countDropped(rank);
        return false;
      }
    }
    const bytes = spanSizeBytes(span);
    this.#ranks[rank].push({ span, bytes, position: this.#nextPosition++ });
    this.#bytes += bytes;
    return complete;
  }

  /** Drops and counts a span that comes too late. */
  refuse(span: EndedSpan): void {
    this.#countDropped(rankOf(span));
  }

  /** Removes the oldest spans, up to either bound; at least one if there is any. */
  take(maxSpans: number, maxBytes: number): EndedSpan[] {
    const spans: EndedSpan[] = [];
    let bytes = 0;
    while (spans.length < maxSpans) {
      const rank = this.#oldestRank();
      const next = rank?.first;
      if (rank === undefined || next === undefined) break;
      if (spans.length > 0 && bytes + next.bytes > maxBytes) break;
      rank.shift();
      bytes += next.bytes;
      spans.push(next.span);
    }
    this.#bytes -= bytes;
    return spans;
  }

  /** Drops and counts everything. */
  clear(): void {
    for (const rank of [ORDINARY, LOCAL_ROOT, LINK_BEARING] as const) {
      while (this.#ranks[rank].shift() !== undefined) this.#countDropped(rank);
    }
    this.#bytes = 0;
  }

  /** Evicts the oldest span of the lowest rank: after an outage the latest spans are more useful than the first. */
  #evictBelow(rank: Rank): boolean {
    for (const lesser of [ORDINARY, LOCAL_ROOT] as const) {
      if (lesser >= rank) return false;
      const evicted = this.#ranks[lesser].shift();
      if (evicted === undefined) continue;
      this.#bytes -= evicted.bytes;
      this.#countDropped(lesser);
      return true;
    }
    return false;
  }

  #oldestRank(): Fifo<Entry> | undefined {
    let oldest: Fifo<Entry> | undefined;
    for (const rank of this.#ranks) {
      if (rank.first !== undefined && rank.first.position < (oldest?.first?.position ?? Infinity))
        oldest = rank;
    }
    return oldest;
  }

  #countDropped(rank: Rank): void {
    if (rank === LINK_BEARING) this.dropped.linkBearing++;
    else this.dropped.ordinary++;
  }
}

/** Whether a span ranks higher because it leads to other traces. */
export function bearsLinks(span: EndedSpan): boolean {
  return span.links.length > 0;
}

function rankOf(span: EndedSpan): Rank {
  if (bearsLinks(span)) return LINK_BEARING;
  const parent = span.parentSpanContext;
  return parent === undefined || parent.isRemote === true ? LOCAL_ROOT : ORDINARY;
}
