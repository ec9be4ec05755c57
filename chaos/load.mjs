import { setTimeout as sleep } from 'node:timers/promises';

const REQUEST_LIMIT_MS = 8_000;
const REPEAT_PAUSE_MS = 150;
const PAUSE_BETWEEN_ORDERS_MS = 60;
const CLIENTS = 4;
const NEVER_PAID_CENTS = 19;
const ODD_ANSWERS_MAX = 20;

/** Clients that send orders, each under its own key, and repeat each request until they know its outcome. */
export class Load {
  /** By Idempotency-Key: the id that the server answered, and whether the total of the order is wrong. */
  orders = new Map();
  fanOuts = new Set();
  counts = { requests: 0, repeats: 0, unknownOutcomes: 0, unanswered: 0, unavailable: 0 };
  /** Answers that no fault explains. */
  oddAnswers = [];
  #api;
  #prefix;
  #random;
  #clients = [];
  #isEnding = false;

  constructor(api, prefix, random) {
    this.#api = api;
    this.#prefix = prefix;
    this.#random = random;
  }

  start() {
    this.#clients = Array.from({ length: CLIENTS }, (_, number) => this.#run(number));
  }

  /** Sends no more orders. Repeats running requests until their outcome is known. */
  async end() {
    this.#isEnding = true;
    await Promise.all(this.#clients);
  }

  async #run(client) {
    for (let number = 1; !this.#isEnding; number += 1) {
      const key = `${this.#prefix}-${client}-${number}`;
      const order = this.#newOrder();
      const { id } = await this.#untilKnown('/orders', order, { 'idempotency-key': key });
      this.orders.set(key, { id, isWrong: order.totalCents !== sumOf(order) });
      if (this.#random.next() < 0.3) await this.#fanOut(id);
      // A client that is not sure asks again. It must get the same order.
      if (this.#random.next() < 0.1) await this.#askAgain(key, order, id);
      await sleep(PAUSE_BETWEEN_ORDERS_MS);
    }
  }

  async #askAgain(key, order, id) {
    const again = await this.#untilKnown('/orders', order, { 'idempotency-key': key });
    if (again.id !== id) this.#note(`the key ${key} stood for order ${id}, then for ${again.id}`);
  }

  async #fanOut(id) {
    const answer = await this.#untilKnown(`/orders/${id}/fan-out`, undefined, {});
    if (answer !== undefined) this.fanOuts.add(id);
  }

  /** @returns the body, or undefined for a 409, which means that the batch was faster and marked the order as a discrepancy. */
  async #untilKnown(path, body, headers) {
    for (let attempt = 1; ; attempt += 1) {
      this.counts.requests += 1;
      if (attempt > 1) this.counts.repeats += 1;
      const answer = await this.#post(path, body, headers);
      if (answer === undefined) this.counts.unanswered += 1;
      else if (answer.status < 300) return answer.body;
      else if (answer.status === 409) return undefined;
      else if (answer.status === 503) this.#countUnavailable(answer.body);
      else this.#note(`${path} answered ${answer.status}: ${JSON.stringify(answer.body).slice(0, 300)}`);
      await sleep(REPEAT_PAUSE_MS);
    }
  }

  #countUnavailable(body) {
    this.counts.unavailable += 1;
    if (body.outcome === 'unknown') this.counts.unknownOutcomes += 1;
  }

  async #post(path, body, headers) {
    try {
      const answer = await fetch(this.#api.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
      });
      return { status: answer.status, body: await answer.json() };
    } catch {
      return undefined;
    }
  }

  #note(sentence) {
    if (this.oddAnswers.length < ODD_ANSWERS_MAX) this.oddAnswers.push(sentence);
  }

  #newOrder() {
    const { integer, next } = this.#random;
    const items = Array.from({ length: integer(1, 3) }, () => ({
      sku: `SKU-${integer(1, 8)}`,
      quantity: integer(1, 3),
      unitPriceCents: integer(100, 2_000),
    }));
    // The payment provider never answers for these totals, so their attempts would last for hours.
    while (sumOf({ items }) % 100 === NEVER_PAID_CENTS) items[0].unitPriceCents += 1;
    const order = { customerId: `customer-${integer(1, 50)}`, currency: 'EUR', items };
    return { ...order, totalCents: sumOf(order) + (next() < 0.05 ? 1 : 0) };
  }
}

function sumOf({ items }) {
  return items.reduce((sum, { quantity, unitPriceCents }) => sum + quantity * unitPriceCents, 0);
}
