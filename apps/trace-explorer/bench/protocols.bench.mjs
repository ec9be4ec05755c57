// Spans a second over OTLP/gRPC and over OTLP/HTTP in one run: they take turns, with the same requests, packed, eight in flight. Both are
// answered after the commit. Run it with `npx nx run trace-explorer:bench-protocols`; options: --spans 40000 (a turn), --turns 4.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:http2';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { SpanMaker } from './spans.mjs';

const { values } = parseArgs({
  options: { spans: { type: 'string', default: '40000' }, turns: { type: 'string', default: '4' } },
});
const IN_FLIGHT = 8;
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', shared_buffers: '256MB' };
const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const maker = new SpanMaker();

function httpSender(url) {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  return async (body) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      'content-length': body.length,
    };
    const sent = request(`${url}/v1/traces`, { method: 'POST', agent, headers });
    sent.end(body);
    const [response] = await once(sent, 'response');
    response.resume();
    await once(response, 'end');
    if (response.statusCode !== 200) throw new Error(`HTTP answered ${response.statusCode}`);
  };
}

function grpcSender(url) {
  const session = connect(url);
  session.unref();
  return async (body) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': EXPORT,
      'content-type': 'application/grpc',
      'grpc-encoding': 'gzip',
      te: 'trailers',
    });
    let status;
    stream.on('response', (headers) => (status ??= headers['grpc-status']));
    stream.on('trailers', (trailers) => (status ??= trailers['grpc-status']));
    stream.resume();
    const prefix = Buffer.alloc(5);
    prefix[0] = 1;
    prefix.writeUInt32BE(body.length, 1);
    stream.end(Buffer.concat([prefix, body]));
    await once(stream, 'close');
    if (status !== '0') throw new Error(`gRPC answered ${status}`);
  };
}

/** @returns spans a second */
async function turn(send) {
  const bodies = [];
  let spans = 0;
  while (spans < Number(values.spans)) {
    const made = maker.request('protobuf');
    bodies.push(made.body);
    spans += made.spans;
  }
  const started = performance.now();
  const lane = async () => {
    for (let body = bodies.pop(); body; body = bodies.pop()) await send(body);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return (1_000 * spans) / (performance.now() - started);
}

const server = await startPostgresServer({ settings: DURABLE });
const app = new AppUnderTest({
  main: new URL('../dist/main.js', import.meta.url),
  env: { EXPLORER_PORT: '0', EXPLORER_DATABASE_URL: await server.createDatabase('bench') },
});
try {
  const url = await app.ready();
  const senders = {
    'OTLP/HTTP': httpSender(url),
    'OTLP/gRPC': grpcSender(/OTLP\/gRPC to (\S+?),/.exec(app.output)[1]),
  };
  os.setPriority(10);
  const best = {};
  // The first turn of each warms up.
  for (let n = 0; n <= Number(values.turns); n++) {
    for (const [name, send] of Object.entries(senders)) {
      const rate = await turn(send);
      if (n > 0) best[name] = Math.max(best[name] ?? 0, rate);
    }
  }
  for (const [name, rate] of Object.entries(best))
    console.log(`${name}: ${Math.round(rate).toLocaleString('en')} spans/s`);
  console.log(
    `OTLP/gRPC takes ${(best['OTLP/gRPC'] / best['OTLP/HTTP']).toFixed(2)} times the spans of OTLP/HTTP`,
  );
} finally {
  await app.stop();
  await server.destroy();
}
