import { reasonOf } from './database-away.ts';

/** Those who want to be told. One that throws costs neither the others nor who tells. */
export class Listeners<Event> {
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #onTrouble: (sentence: string) => void;

  constructor(onTrouble: (sentence: string) => void) {
    this.#onTrouble = onTrouble;
  }

  /** @returns what ends it. */
  add(listener: (event: Event) => void): () => void {
    // A function of its own, so that one listener added twice is told twice and removed once.
    const entry = (event: Event): void => listener(event);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  tell(event: Event): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#onTrouble(`a listener of the trace store failed: ${reasonOf(error)}`);
      }
    }
  }
}
