import type { BodyRoom } from '@span-links/otlp';

/** More bodies are in hand than the intake has memory for. */
export class BodyRoomFull extends Error {
  override readonly name = 'BodyRoomFull';
}

/** What one request holds of the room. */
export interface BodyClaim extends BodyRoom {
  release(): void;
}

/** Bounds the bytes of all request bodies in hand, packed and unpacked, until their spans are stored. */
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
        if (this.#takenBytes + bytes > this.#limitBytes) {
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
