import type { Signal } from '@span-links/otlp';

/** The number of requests of one signal with one status. */
export interface RequestCount {
  readonly signal: Signal | 'other';
  readonly status: number;
  readonly requests: number;
}

/**
 * The counts of the intake since it started. It only sends a fixed set of statuses, so the table
 * stays small.
 */
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

  /** Requests that were refused completely, by a word for the reason. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** The bytes of all bodies, decompressed. */
  get bytes(): number {
    return this.#bytes;
  }

  get bytesOnWire(): number {
    return this.#bytesOnWire;
  }
}
