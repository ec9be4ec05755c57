import { until } from './wait.mjs';

const REQUEST_TIMEOUT_MS = 10_000;

/** The platform as seen from outside its containers, over its published ports. */
export class Platform {
  constructor({ ordersApi, explorer, signal }) {
    this.ordersApi = ordersApi;
    this.explorer = explorer;
    this.signal = signal;
  }

  /** @returns the answer to a request. Its body is parsed if it is JSON. */
  async request(url, init = {}) {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** @throws if the status is not 200. */
  async get(url, headers = {}) {
    const { status, body } = await this.request(url, { headers });
    if (status !== 200) throw new Error(`GET ${url} was answered with ${status}`);
    return body;
  }

  /** Requests a page like a browser. */
  page(url) {
    return this.get(url, { accept: 'text/html' });
  }

  /** Sends an order once. */
  postOrder({ customerId, key }) {
    const order = {
      customerId,
      currency: 'EUR',
      items: [{ sku: 'MUG-STONEWARE', quantity: 2, unitPriceCents: 1_200 }],
      totalCents: 2_400,
    };
    return this.request(`${this.ordersApi}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
      body: JSON.stringify(order),
    });
  }

  order(id) {
    return this.get(`${this.ordersApi}/orders/${id}`);
  }

  /** The spans of an order, each with its address in the viewer. */
  async trail(id) {
    return (await this.get(`${this.ordersApi}/orders/${id}/trace`)).traces;
  }

  /** The links of a span, `out` or `in`. */
  links({ traceId, spanId }, direction) {
    return this.get(
      `${this.explorer}/api/v1/traces/${traceId}/spans/${spanId}/links?direction=${direction}&limit=100`,
    );
  }

  trace(traceId) {
    return this.get(`${this.explorer}/api/v1/traces/${traceId}`);
  }

  reconciled(id, timeoutMs = 30_000) {
    const ask = async () => {
      const order = await this.order(id);
      return order.status === 'reconciled' && order;
    };
    return until(`order ${id} to be reconciled`, ask, { signal: this.signal, timeoutMs });
  }
}
