import type { Signal } from '@span-links/otlp';

/** Requests of one signal that were answered with one status. */
export interface RequestCount {
  readonly signal: Signal | 'other';
  readonly status: number;
  readonly requests: number;
}

/** What the intake has done since it started. The statuses are those it sends itself, so the table stays small. */
export class IntakeCounts {
  readonly #requests = new Map<string, RequestCount>();
  readonly #refusals = new Map<string, number>();
  #bytes = 0;
  #bytesOnWire = 0;

  answered(signal: RequestCount['signal'], status: number): void {
    const key = `${signal} ${status}`;
    const requests = (this.#requests.get(key)?.requests ?? 0) + 1;
    this.#requests.set(key, { signal, status, requests });
  }

  refused(reason: string): void {
    this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1);
  }

  read(bytes: number, bytesOnWire: number): void {
    this.#bytes += bytes;
    this.#bytesOnWire += bytesOnWire;
  }

  get requests(): readonly RequestCount[] {
    return [...this.#requests.values()];
  }

  /** Requests that were refused whole, by a word for the reason. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** Of all bodies, unpacked. */
  get bytes(): number {
    return this.#bytes;
  }

  get bytesOnWire(): number {
    return this.#bytesOnWire;
  }
}
