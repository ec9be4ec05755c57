import { once } from 'node:events';
import { request } from 'node:http';
import { confirm } from '../progress.mjs';

const FOREIGN = 'rebound.example';

/** A page on the internet can make a name of its own lead to a published port (DNS rebinding). */
export async function checkNames({ explorer }, signal) {
  // fetch does not let its caller choose the Host header.
  const asked = request(`${explorer}/api/v1/traces`, { headers: { host: FOREIGN }, signal }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  if (response.statusCode !== 421)
    throw new Error(`the explorer answered ${response.statusCode} to whoever asked for ${FOREIGN}`);
  confirm(`the explorer does not answer to ${FOREIGN}`);
}
