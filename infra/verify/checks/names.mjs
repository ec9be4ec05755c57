import { once } from 'node:events';
import { request } from 'node:http';
import { confirm } from '../progress.mjs';

const FOREIGN = 'rebound.example';

/** Checks the defence against DNS rebinding: a page on the internet can make its own name lead to a published port. */
export async function checkNames({ explorer, ordersApi }, signal) {
  for (const url of [`${explorer}/api/v1/traces`, `${ordersApi}/orders`]) {
    // `fetch` does not allow a custom Host header.
    const asked = request(url, { headers: { host: FOREIGN }, signal }).end();
    const [response] = await once(asked, 'response');
    response.resume();
    if (response.statusCode !== 421) throw new Error(`${url} answered ${response.statusCode} to ${FOREIGN}`);
  }
  confirm(`the explorer and orders-api do not answer to ${FOREIGN}`);
}
