import { setTimeout as sleep } from 'node:timers/promises';

const LANES = 2;
const PAUSE_MS = 80;
const RETRY_MS = 500;
const GIVE_UP_AFTER_MS = 90_000;

/** Sends about twenty orders per second. Each order has its own key and is repeated until it is accepted. */
export class OrderStream {
  /** The ids of the orders that were accepted. */
  accepted = [];
  /** The number of attempts that got a 503 or a connection error. */
  refused = 0;
  #platform;
  #customerId;
  #isOn = true;
  #lanes;

  constructor(platform, customerId) {
    this.#platform = platform;
    this.#customerId = customerId;
    this.#lanes = Promise.all(Array.from({ length: LANES }, (_, lane) => this.#send(lane)));
    // `stop` reports a failure of the stream.
    this.#lanes.catch(() => undefined);
  }

  /** Sends no more orders, and waits until the current ones are accepted. */
  async stop() {
    this.#isOn = false;
    await this.#lanes;
  }

  async #send(lane) {
    for (let n = 0; this.#isOn; n++) {
      this.accepted.push(await this.#untilAccepted(`${this.#customerId}-${lane}-${n}`));
      await sleep(PAUSE_MS, undefined, { signal: this.#platform.signal });
    }
  }

  async #untilAccepted(key) {
    const deadline = Date.now() + GIVE_UP_AFTER_MS;
    while (Date.now() < deadline) {
      const answer = await this.#platform
        .postOrder({ customerId: this.#customerId, key })
        .catch(() => undefined);
      if (answer?.status === 201) return answer.body.id;
      if (answer && answer.status !== 503) throw new Error(`an order was answered with ${answer.status}`);
      this.refused += 1;
      await sleep(RETRY_MS, undefined, { signal: this.#platform.signal });
    }
    throw new Error(`an order was refused for ${GIVE_UP_AFTER_MS / 1_000} s`);
  }
}
