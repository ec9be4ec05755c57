import { StoreOverloadedError } from '../store-errors.ts';
import type { PreparedRequest } from './prepared-request.ts';

/** A request's share of the queue. It counts from the moment the request is let in until it is released. */
export interface QueueShare {
  /** Sets the current size of the request, which grows while it is encoded. */
  resize(spans: number, bytes: number): void;
  release(): void;
}

/** A request that waits for its commit. */
export interface WaitingRequest {
  readonly request: PreparedRequest;
  readonly settle: { resolve(): void; reject(error: unknown): void };
}

export interface QueueLimits {
  readonly maxQueuedSpans: number;
  readonly maxQueuedBytes: number;
}

// Measured with eight clients with 512 spans each. Groups of 4,096 take everything that waits and
// leave the second connection idle (18,000 spans/s). Groups of 512, 1,024 and 2,048 gave 23,000,
// 22,000 and 26,000 (two cores, November 2026). Larger groups also hold the locks on their traces
// longer.
const GROUP_SPANS = 2_048;
const GROUP_BYTES = 8 * 1024 * 1024;
// The number of spans that a busy small machine stores in a second. It decides the advice when to
// come back.
const CAUTIOUS_SPANS_PER_SECOND = 20_000;

/**
 * Requests in the order of their encoding. The bound also includes requests that are being encoded
 * or written.
 */
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
   * Reserves room for a request before it is encoded, which costs most. The last accepted request
   * may exceed the limit by its own size: otherwise a request larger than the limit could never be
   * stored.
   *
   * @param bytes as it came in, 0 if that is not known
   * @throws StoreOverloadedError
   */
  reserve(spans: number, bytes: number): QueueShare {
    this.#checkRoom();
    let takenSpans = 0;
    let takenBytes = 0;
    const resize = (newSpans: number, newBytes: number) => {
      this.#spans += newSpans - takenSpans;
      this.#bytes += newBytes - takenBytes;
      takenSpans = newSpans;
      takenBytes = newBytes;
    };
    resize(spans, bytes);
    this.#requests++;
    return {
      resize,
      release: () => {
        resize(0, 0);
        this.#requests--;
      },
    };
  }

  #checkRoom(): void {
    if (this.#spans < this.#limits.maxQueuedSpans && this.#bytes < this.#limits.maxQueuedBytes) return;
    const seconds = Math.ceil(this.#spans / CAUTIOUS_SPANS_PER_SECOND);
    throw new StoreOverloadedError(
      `${this.#spans} spans (${this.#bytes} bytes) are waiting to be stored`,
      Math.max(1, seconds),
    );
  }

  add(waiting: WaitingRequest): void {
    this.#waiting.push(waiting);
  }

  /**
   * The next requests to write in one transaction; none if nothing waits. They count until their
   * shares are released.
   */
  take(): WaitingRequest[] {
    let spans = 0;
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      spans += waiting.request.spans.length;
      bytes += encodedBytes(waiting.request);
      if (count > 0 && (spans > GROUP_SPANS || bytes > GROUP_BYTES)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}

/** The bytes of a request's rows that are encoded so far. */
export function encodedBytes({ spanRows, linkRows }: PreparedRequest): number {
  return spanRows.length + linkRows.length;
}
