import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { postJson, requestOf, spanIdOf, spanOf } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const BATCH = '0000000000000000000000445a798719';
const ORDER = '0000000000000000000000445a798712';
const START_NS = '1795962373000000000';
const END_NS = '1795962373020000000';

/**
 * The fields of the answers that Jaeger UI 2.20 checks, or reads without a check, by the part of
 * the path that identifies them.
 */
const count = z.number().int().min(0).optional();
const nanoseconds = z.string().regex(/^\d+$/).optional();
const service = z.object({ name: z.string(), spanCount: count, errorSpanCount: count });
const summary = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  rootServiceName: z.string().optional(),
  rootOperationName: z.string().optional(),
  minStartTimeUnixNano: nanoseconds,
  maxEndTimeUnixNano: nanoseconds,
  spanCount: count,
  errorSpanCount: count,
  orphanSpanCount: count,
  services: z.array(service).optional(),
});
const reference = z.object({
  refType: z.enum(['CHILD_OF', 'FOLLOWS_FROM']),
  traceID: z.string(),
  spanID: z.string(),
});
const tag = z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) });
const span = z.object({
  traceID: z.string(),
  spanID: z.string(),
  processID: z.string(),
  operationName: z.string(),
  startTime: z.number(),
  duration: z.number(),
  references: z.array(reference),
  tags: z.array(tag),
  logs: z.array(z.object({ timestamp: z.number(), fields: z.array(tag) })),
  warnings: z.array(z.string()).nullable(),
});
const trace = z.object({
  traceID: z.string(),
  spans: z.array(span).min(1),
  processes: z.record(z.string(), z.object({ serviceName: z.string(), tags: z.array(tag) })),
});
const call = z.object({ parent: z.string(), child: z.string(), callCount: z.number() });
const ANSWERS: readonly (readonly [part: string, schema: z.ZodType])[] = [
  ['/v3/services', z.object({ services: z.array(z.string()).min(2) })],
  [
    '/v3/operations',
    z.object({ operations: z.array(z.object({ name: z.string(), spanKind: z.string() })).min(1) }),
  ],
  ['/v3/trace-summaries', z.object({ summaries: z.array(summary).length(1) })],
  ['/traces/', z.object({ data: z.array(trace).length(1) })],
  ['/dependencies', z.object({ data: z.array(call).length(1) })],
];

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer();
  const times = { startTimeUnixNano: START_NS, endTimeUnixNano: END_NS };
  const order = spanOf(ORDER, spanIdOf(2), { ...times, name: 'POST /orders', kind: 2, status: { code: 2 } });
  const host = { key: 'host.name', value: { stringValue: 'h1' } };
  const ofOrder = requestOf([{ ...order, attributes: [host] }], 'orders-api');
  const batch = spanOf(BATCH, spanIdOf(9), {
    ...times,
    name: 'process-batch',
    links: [{ traceId: ORDER, spanId: spanIdOf(2), flags: 0x301 }],
  });
  await postJson(explorer.url, ofOrder);
  await postJson(explorer.url, requestOf([batch], 'orders-batch'));
});
afterAll(() => explorer.close());

const recorded = await readFile(new URL('recordings/jaeger-ui-2.20.0.txt', import.meta.url), 'utf8');

it.each(recorded.trim().split('\n'))(
  'Jaeger UI 2.20 can read the answer to its request: %s',
  async (path) => {
    const response = await fetch(`${explorer.url}/jaeger${path}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('application/json'),
    ]);
    const [, schema] = ANSWERS.find(([part]) => path.includes(part))!;
    expect(schema.safeParse(await response.json()).error).toBeUndefined();
  },
);
