import type { SpanContext } from '@opentelemetry/api';

const HASHED_DIGITS = 8;
const PROBES_MAX = 8;
// Knuth's multiplicative hashing: 2^32 divided by the golden ratio.
const GOLDEN = 0x9e3779b1;

/**
 * Numbers distinct spans from 0, in order of arrival.
 *
 * It is a hash table of its own, because a `Map` keyed by both ids took longer than parsing the carriers: 390 ns of the
 * 670 ns a link, against 100 ns for this one (2026-11-22, batches of 100). Ids come from outside and could be made to
 * collide, so a search gives up after a few slots and continues in a `Map`.
 */
export class SpanIndex {
  readonly #spans: SpanContext[] = [];
  /** Open addressing, at most half full: the number of a span plus 1, or 0 in a free slot. */
  readonly #slots: Int32Array;
  readonly #shift: number;
  readonly #crowded = new Map<string, number>();

  /**
   * @param capacity the maximum of spans.
   */
  constructor(capacity: number) {
    const bits = 33 - Math.clz32(Math.max(1, capacity));
    this.#slots = new Int32Array(2 ** bits);
    this.#shift = 32 - bits;
  }

  /** The number of a span; the next new number if it is not known yet. */
  numberOf(span: SpanContext): number {
    const slots = this.#slots;
    const last = slots.length - 1;
    let slot = Math.imul(hashOf(span.spanId), GOLDEN) >>> this.#shift;
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const taken = slots[slot] ?? 0;
      if (taken === 0) {
        slots[slot] = this.#spans.push(span);
        return this.#spans.length - 1;
      }
      if (isSameSpan(this.#spans[taken - 1], span)) return taken - 1;
      slot = (slot + 1) & last;
    }
    return this.#numberOfCrowded(span);
  }

  #numberOfCrowded(span: SpanContext): number {
    const key = span.traceId + span.spanId;
    const known = this.#crowded.get(key);
    if (known !== undefined) return known;
    const number = this.#spans.push(span) - 1;
    this.#crowded.set(key, number);
    return number;
  }
}

/** Whether two contexts name the same span, regardless of their flags. */
export function isSameSpan(one: SpanContext | undefined, other: SpanContext): boolean {
  return one !== undefined && one.spanId === other.spanId && one.traceId === other.traceId;
}

function hashOf(spanId: string): number {
  let hash = 0;
  const end = spanId.length;
  for (let at = end - HASHED_DIGITS; at < end; at++) hash = (Math.imul(hash, 31) + spanId.charCodeAt(at)) | 0;
  return hash;
}
