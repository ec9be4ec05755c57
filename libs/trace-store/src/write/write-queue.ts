import { StoreOverloadedError } from '../store-errors.ts';
import type { PreparedRequest } from './prepared-request.ts';

/** A request that waits for its commit. */
export interface WaitingRequest {
  readonly request: PreparedRequest;
  readonly bytes: number;
  readonly settle: { resolve(): void; reject(error: unknown): void };
}

export interface QueueLimits {
  readonly maxQueuedSpans: number;
  readonly maxQueuedBytes: number;
}

// Eight clients with 512 spans each: groups of 4,096 take all that waits and leave the second connection idle (18,000 spans/s); 512,
// 1,024 and 2,048 gave 23,000, 22,000 and 26,000 (two cores, November 2026). Larger groups also hold the locks on their traces longer.
const GROUP_SPANS = 2_048;
const GROUP_BYTES = 8 * 1024 * 1024;
// What a small machine stores in a second while others work on it: for the advice when to come back.
const CAUTIOUS_SPANS_PER_SECOND = 20_000;

/** Requests in the order in which they came, bounded together with those that are being written. */
export class WriteQueue {
  readonly #limits: QueueLimits;
  readonly #waiting: WaitingRequest[] = [];
  #requests = 0;
  #spans = 0;
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get requests(): number {
    return this.#requests;
  }

  get spans(): number {
    return this.#spans;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * To be asked before a request is encoded, which costs most. The last request to be let in may go over the limit, by its own size:
   * otherwise one that is larger than the limit could never be stored.
   *
   * @throws StoreOverloadedError
   */
  checkRoom(): void {
    if (this.#spans < this.#limits.maxQueuedSpans && this.#bytes < this.#limits.maxQueuedBytes) return;
    const seconds = Math.ceil(this.#spans / CAUTIOUS_SPANS_PER_SECOND);
    throw new StoreOverloadedError(
      `${this.#spans} spans (${this.#bytes} bytes) are waiting to be stored`,
      Math.max(1, seconds),
    );
  }

  add(waiting: WaitingRequest): void {
    this.#waiting.push(waiting);
    this.#requests++;
    this.#spans += waiting.request.spans.length;
    this.#bytes += waiting.bytes;
  }

  /** The next requests to be written in one transaction; none where nothing waits. They count until they are {@link done}. */
  take(): WaitingRequest[] {
    let spans = 0;
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      spans += waiting.request.spans.length;
      bytes += waiting.bytes;
      if (count > 0 && (spans > GROUP_SPANS || bytes > GROUP_BYTES)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  done(group: readonly WaitingRequest[]): void {
    for (const { request, bytes } of group) {
      this.#requests--;
      this.#spans -= request.spans.length;
      this.#bytes -= bytes;
    }
  }
}
