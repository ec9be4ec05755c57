// A sender as a process of its own: node client.mjs <url> <encoding>. Told over IPC what to send, tells how long it took. Requests are
// made and packed before the clock starts.
import { Agent, request } from 'node:http';
import { once } from 'node:events';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { SpanMaker } from './spans.mjs';

const [, , url, encoding] = process.argv;
const IN_FLIGHT = 8;
const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
const contentType = encoding === 'json' ? 'application/json' : 'application/x-protobuf';
const maker = new SpanMaker();
// The server comes first where both want a core.
os.setPriority(10);

async function post(body) {
  const sent = request(`${url}/v1/traces`, {
    method: 'POST',
    agent,
    headers: { 'content-type': contentType, 'content-encoding': 'gzip', 'content-length': body.length },
  });
  sent.end(body);
  const [response] = await once(sent, 'response');
  response.resume();
  await once(response, 'end');
  // What an exporter does with these, too.
  if (response.statusCode === 429 || response.statusCode === 503) {
    await sleep(Number(response.headers['retry-after'] ?? 1) * 1_000);
    return post(body);
  }
  if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
}

/** As fast as they are acknowledged. */
async function sendAll(spans) {
  const requests = [];
  let count = 0;
  while (count < spans) {
    const made = maker.request(encoding);
    requests.push(made.body);
    count += made.spans;
  }
  const bytes = requests.reduce((sum, body) => sum + body.length, 0);
  const started = performance.now();
  const lane = async () => {
    for (let body = requests.pop(); body !== undefined; body = requests.pop()) await post(body);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return { spans: count, seconds: (performance.now() - started) / 1_000, bytes };
}

let pacing = false;
/** Spans a second until told to stop. */
async function pace(spansPerSecond) {
  pacing = true;
  let due = performance.now();
  while (pacing) {
    const { spans, body } = maker.request(encoding);
    await post(body);
    due += (spans / spansPerSecond) * 1_000;
    await sleep(Math.max(0, due - performance.now()));
  }
}

process.on('message', async ({ type, value }) => {
  if (type === 'send') process.send(await sendAll(value));
  if (type === 'fan-in') {
    const { body, ...ids } = maker.fanIn(encoding, value);
    await post(body);
    process.send({ ...ids, root: maker.root });
  }
  if (type === 'pace') void pace(value);
  if (type === 'rest') pacing = false;
});
