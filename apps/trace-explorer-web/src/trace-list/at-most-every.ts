/** Something that is asked for often and done seldom: at once, and then again when the pause is over, if it was asked for meanwhile. */
export class AtMostEvery {
  readonly #pauseMs: number;
  readonly #action: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAskedFor = false;

  constructor(pauseMs: number, action: () => void) {
    this.#pauseMs = pauseMs;
    this.#action = action;
  }

  ask(): void {
    this.#isAskedFor = true;
    if (this.#timer === undefined) this.#act();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isAskedFor = false;
  }

  #act(): void {
    this.#timer = undefined;
    if (!this.#isAskedFor) return;
    this.#isAskedFor = false;
    this.#timer = setTimeout(() => this.#act(), this.#pauseMs);
    this.#action();
  }
}
