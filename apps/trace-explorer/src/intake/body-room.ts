import type { BodyRoom } from '@span-links/otlp';

/** The current bodies exceed the memory of the intake. */
export class BodyRoomFull extends Error {
  override readonly name = 'BodyRoomFull';
}

/** The share of one request in the room. */
export interface BodyClaim extends BodyRoom {
  release(): void;
}

const SMALL_BYTES = 1024 * 1024;
/** Reserved for small requests, so that any number of large ones cannot block them. */
const SMALL_RESERVE_BYTES = 16 * 1024 * 1024;

/**
 * Bounds the bytes of all current request bodies, compressed and decompressed, until their spans
 * are stored.
 */
export class SharedBodyRoom {
  readonly #limitBytes: number;
  #takenBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get takenBytes(): number {
    return this.#takenBytes;
  }

  open(): BodyClaim {
    let claimed = 0;
    return {
      claim: (bytes) => {
        const reserve = claimed + bytes <= SMALL_BYTES ? SMALL_RESERVE_BYTES : 0;
        if (this.#takenBytes + bytes > this.#limitBytes + reserve) {
          throw new BodyRoomFull(`${this.#takenBytes} bytes of requests are in hand already`);
        }
        this.#takenBytes += bytes;
        claimed += bytes;
      },
      release: () => {
        this.#takenBytes -= claimed;
        claimed = 0;
      },
    };
  }
}
