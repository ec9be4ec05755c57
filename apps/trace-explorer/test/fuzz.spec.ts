import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { getJson } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const BODIES = 10_000;
const SOUND_EVERY = 50;
const IN_FLIGHT = 16;

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer();
});
afterAll(() => explorer.close());

/** Numbers that are the same in every run, so that a failure can be reproduced. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Spans as the SDK makes them: parents, links, events, attributes of every type. */
function recorded(count: number, name: string) {
  const memory = new InMemorySpanExporter();
  const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] }).getTracer(
    'fuzz',
    '1',
  );
  for (let n = 0; n < count; n++) {
    const source = tracer.startSpan('source', {}, ROOT_CONTEXT);
    source.end();
    const span = tracer.startSpan(
      name,
      {
        links: [{ context: source.spanContext(), attributes: { n } }],
        attributes: { text: 'ä', list: [1.5, 2], ok: true, big: 2 ** 52 },
      },
      ROOT_CONTEXT,
    );
    span.addEvent('event', { at: n });
    span.setStatus({ code: 2, message: 'broken' });
    span.end();
  }
  return memory.getFinishedSpans();
}

function mutated(body: Uint8Array, random: (below: number) => number): Buffer {
  const bytes = Buffer.from(body);
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(bytes.length);
    switch (random(4)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 2:
        return bytes.subarray(0, at);
      default:
        bytes.copyWithin(at, random(bytes.length), random(bytes.length));
    }
  }
  return bytes;
}

const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });

function post(body: Buffer, encoding: 'protobuf' | 'json', isPacked: boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${explorer.url}/v1/traces`, {
      method: 'POST',
      agent,
      headers: {
        'content-type': encoding === 'json' ? 'application/json' : 'application/x-protobuf',
        'content-length': body.length,
        ...(isPacked && { 'content-encoding': 'gzip' }),
      },
    });
    sent.once('response', (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

it(`takes ${BODIES} broken bodies without a crash or a 5xx, and keeps all valid spans between them`, async () => {
  const random = randomNumbers(4318);
  const template = recorded(4, 'mutant');
  const bodies = {
    protobuf: ProtobufTraceSerializer.serializeRequest(template)!,
    json: JsonTraceSerializer.serializeRequest(template)!,
  };
  const statuses = new Map<number, number>();
  let sound = 0;
  const sendOne = async (n: number) => {
    const encoding = n % 2 === 0 ? 'protobuf' : 'json';
    const packing = random(4);
    let body: Buffer;
    if (n % SOUND_EVERY === 0) {
      sound++;
      body = Buffer.from(ProtobufTraceSerializer.serializeRequest(recorded(1, 'sound'))!);
    } else {
      // Broken before compression, or in the compressed bytes.
      body = packing === 1 ? mutated(gzipSync(bodies[encoding]), random) : mutated(bodies[encoding], random);
    }
    const isPackedNow = packing === 1 && n % SOUND_EVERY !== 0;
    const status = await post(packing === 2 ? gzipSync(body) : body, encoding, isPackedNow || packing === 2);
    if (n % SOUND_EVERY === 0) expect(status).toBe(200);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };
  let next = 0;
  const lane = async () => {
    while (next < BODIES) await sendOne(next++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));

  expect([...statuses.keys()].sort()).toEqual([200, 400]);
  expect(statuses.get(400)).toBeGreaterThan(BODIES / 10);
  // The "sound" spans and their sources. Broken bodies keep the name less often than they were
  // sent.
  let found = 0;
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({
      q: 'name=sound has:links',
      limit: '1000',
      ...(cursor && { cursor }),
    });
    const page: { spans: unknown[]; nextCursor: string | null } = await getJson(
      explorer.url,
      `/api/v1/spans?${query.toString()}`,
    );
    found += page.spans.length;
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(found).toBe(sound);
  expect(explorer.logged.filter((line) => /ERROR|FATAL/.test(line))).toEqual([]);
  agent.destroy();
}, 240_000);
