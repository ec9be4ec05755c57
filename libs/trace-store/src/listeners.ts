import { errorText } from './database-away.ts';

/** A set of listeners. If one throws, the others and the caller are not affected. */
export class Listeners<Event> {
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #onTrouble: (sentence: string) => void;

  constructor(onTrouble: (sentence: string) => void) {
    this.#onTrouble = onTrouble;
  }

  /** @returns a function that removes the listener. */
  add(listener: (event: Event) => void): () => void {
    // Each call makes its own function, so a listener that is added twice is called twice and
    // removed once.
    const entry = (event: Event): void => listener(event);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  tell(event: Event): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#onTrouble(`a listener of the trace store failed: ${errorText(error)}`);
      }
    }
  }
}
