interface Waiter {
  readonly spans: number;
  readonly go: () => void;
}

/** Whether `spans` fit beside `promised` others that are still to come. */
type HasRoom = (spans: number, promised: number) => boolean;

/**
 * Cooperative backpressure for whoever ends thousands of spans in a row: a place to wait until the queue has room.
 * Waiting is a courtesy of the producer to its own telemetry, so it is bounded, and whoever has waited in vain is
 * not asked again before an export succeeds: a dead backend costs the work one `patienceMs`, a slow one at most one
 * an export.
 */
export class ExportRoom {
  readonly #hasRoomFor: HasRoom;
  readonly #patienceMs: number;
  #waiters: Waiter[] = [];
  #givenUp = false;
  #promised = 0;
  #turn: NodeJS.Immediate | undefined;

  constructor(hasRoomFor: HasRoom, patienceMs: number) {
    this.#hasRoomFor = hasRoomFor;
    this.#patienceMs = patienceMs;
  }

  get isWaitedFor(): boolean {
    return this.#waiters.length > 0;
  }

  wait(spans: number): Promise<void> {
    if (this.#givenUp) return Promise.resolve();
    // Behind those who wait already: small requests that overtake would keep a large one waiting for ever.
    if (this.#waiters.length === 0 && this.#promise(spans)) return Promise.resolve();
    return new Promise((resolve) => {
      // A busy process runs its late timers before it reads the answer that came long ago: look once more after that.
      const timer = setTimeout(
        () =>
          setImmediate(() => {
            if (this.#waiters.includes(waiter)) this.giveUp();
          }),
        this.#patienceMs,
      );
      const waiter: Waiter = {
        spans,
        go: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#waiters.push(waiter);
    });
  }

  /** The queue has become shorter. First come, first served. */
  grew(): void {
    while (this.#waiters[0] !== undefined && this.#promise(this.#waiters[0].spans))
      this.#waiters.shift()?.go();
  }

  exportSucceeded(): void {
    this.#givenUp = false;
  }

  /** The backend does not answer in time, or the queue is closed: nobody should wait for it. */
  giveUp(): void {
    this.#givenUp = true;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.go();
  }

  /**
   * What is promised to one is not promised to the next before the event loop has turned, when the spans of the first
   * have ended or are not to be waited for: they may be unsampled, or end after a query.
   */
  #promise(spans: number): boolean {
    if (!this.#hasRoomFor(spans, this.#promised)) return false;
    this.#promised += spans;
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#promised = 0;
      this.grew();
    });
    return true;
  }
}
