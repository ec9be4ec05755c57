/**
 * An action that is often requested and rarely run: at once, and again after the pause if it was
 * requested in the meantime.
 */
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
