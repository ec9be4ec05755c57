import type { Order } from './orders-table.ts';

/** The four operations that an order starts. They take their time, and the payment of this exercise is refused. */
export interface Fulfilment {
  reserveStock(order: Order): Promise<string>;
  authorizePayment(order: Order): Promise<string>;
  notifyCustomer(order: Order): Promise<string>;
  scoreRisk(order: Order): Promise<string>;
}

export const OPERATIONS = ['reserve-stock', 'authorize-payment', 'notify-customer', 'score-risk'] as const;

const PATIENCE_MS = 600;

/** Operations that wait for each other, so that whether they run in parallel does not depend on the speed of the machine. */
export class MeetingFulfilment implements Fulfilment {
  /** The most operations that ran at the same time. */
  atOnce = 0;
  #running = 0;
  readonly #meeting: Promise<void>;
  #meet: () => void = () => undefined;

  constructor() {
    this.#meeting = new Promise((resolve) => (this.#meet = resolve));
  }

  reserveStock = () => this.#operation('reserved');
  notifyCustomer = () => this.#operation('notified');
  scoreRisk = () => this.#operation('low');

  authorizePayment = async (): Promise<string> => {
    await this.#operation('refused');
    throw new Error('The card was refused.');
  };

  async #operation(result: string): Promise<string> {
    this.#running += 1;
    this.atOnce = Math.max(this.atOnce, this.#running);
    if (this.#running === OPERATIONS.length) this.#meet();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
    await Promise.race([this.#meeting, patience]);
    clearTimeout(timer);
    this.#running -= 1;
    return result;
  }
}
