import { setImmediate as nextTurn } from 'node:timers/promises';

/** The time that journeys may block the event loop. Requests with spans wait in the meantime. */
const SLICE_MS = 10;

/** Cuts a long loop into slices. */
export class Turns {
  #endsAt = performance.now() + SLICE_MS;

  async maybeYield(): Promise<void> {
    if (performance.now() < this.#endsAt) return;
    await nextTurn();
    this.#endsAt = performance.now() + SLICE_MS;
  }
}
