interface Waiter {
  readonly spans: number;
  readonly go: () => void;
}

/**
 * Cooperative backpressure for whoever ends thousands of spans in a row: a place to wait until the queue has room.
 * Waiting is a courtesy of the producer to its own telemetry, so it is bounded, and whoever has waited in vain is
 * not asked again before an export succeeds: a dead backend costs the work one `patienceMs`, a slow one at most one
 * an export.
 */
export class ExportRoom {
  readonly #hasRoomFor: (spans: number) => boolean;
  readonly #patienceMs: number;
  #waiters: Waiter[] = [];
  #givenUp = false;

  constructor(hasRoomFor: (spans: number) => boolean, patienceMs: number) {
    this.#hasRoomFor = hasRoomFor;
    this.#patienceMs = patienceMs;
  }

  wait(spans: number): Promise<void> {
    if (this.#givenUp || this.#hasRoomFor(spans)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#givenUp = true;
        this.#releaseAll();
      }, this.#patienceMs);
      this.#waiters.push({
        spans,
        go: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }

  /** The queue has become shorter. First come, first served; what is promised to one is not promised to the next. */
  grew(): void {
    let promised = 0;
    while (this.#waiters[0] !== undefined && this.#hasRoomFor(promised + this.#waiters[0].spans)) {
      const waiter = this.#waiters.shift();
      promised += waiter?.spans ?? 0;
      waiter?.go();
    }
  }

  exportSucceeded(): void {
    this.#givenUp = false;
  }

  /** The backend does not answer, or the queue is closed: nobody should wait for it. */
  giveUp(): void {
    this.#givenUp = true;
    this.#releaseAll();
  }

  #releaseAll(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.go();
  }
}
