interface Waiter {
  readonly spans: number;
  readonly go: () => void;
}

/** Whether `spans` fit beside `promised` others that have not arrived yet. */
type HasRoom = (spans: number, promised: number) => boolean;

/**
 * Cooperative backpressure for code that ends thousands of spans in a row: it waits here until the queue has room. The
 * wait is bounded. After a wait in vain, nobody waits again before an export succeeds. So a dead backend costs the work
 * one `patienceMs`, and a slow one at most one per export.
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
    // Behind those that already wait: small requests that overtake would keep a large one waiting for ever.
    if (this.#waiters.length === 0 && this.#promise(spans)) return Promise.resolve();
    return new Promise((resolve) => {
      // A busy process runs its late timers before it reads an answer that arrived long ago, so it looks once more
      // after that.
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

  /** Called when the queue has become shorter. First come, first served. */
  grew(): void {
    while (this.#waiters[0] !== undefined && this.#promise(this.#waiters[0].spans))
      this.#waiters.shift()?.go();
  }

  exportSucceeded(): void {
    this.#givenUp = false;
  }

  /** Called when the backend does not answer in time, or the queue is closed: nobody should wait for it. */
  giveUp(): void {
    this.#givenUp = true;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.go();
  }

  /**
   * Room promised to one producer is not promised to the next before the event loop has turned. By then the first one's
   * spans have ended or will not come soon: they may be unsampled, or end after a query.
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
