import type { Order } from './orders-table.ts';

/** The effects of the handlers: a provider that Nest injects. */
export class Warehouse {
  readonly shipped: string[] = [];
  readonly invoiced: string[] = [];
  readonly reported: string[] = [];
  readonly #failures: Readonly<Record<string, number>>;
  readonly #tries = new Map<string, number>();

  /** @param failures how often the shipment of an order fails before it works. */
  constructor(failures: Readonly<Record<string, number>> = {}) {
    this.#failures = failures;
  }

  /** @throws while the warehouse is closed. */
  async ship({ id }: Order): Promise<void> {
    const tries = (this.#tries.get(id) ?? 0) + 1;
    this.#tries.set(id, tries);
    if (tries <= (this.#failures[id] ?? 0)) throw new Error(`The warehouse is closed: ${id} stays here.`);
    this.shipped.push(id);
  }

  async invoice({ id }: Order): Promise<void> {
    this.invoiced.push(id);
  }

  /** Tells a person about an order that nobody could ship. */
  async report({ id }: Order): Promise<void> {
    this.reported.push(id);
  }
}
