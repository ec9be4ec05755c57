import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { DEFAULT_ELEMENT_LIMITS } from '@span-links/otlp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportReport } from '../src/import/trace-import.ts';
import { getJson, postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const TOKEN = 'a-token-for-imports';

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer({
    token: TOKEN,
    maxBodyBytes: 64 * 1024,
    elementLimits: { ...DEFAULT_ELEMENT_LIMITS, links: 1_000, attributes: 2_000 },
    corsOrigins: ['https://tools.example'],
  });
});
afterAll(() => explorer.close());

const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  fetch(`${explorer.url}/api/v1/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    body,
    duplex: 'half',
  });
const report = async (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) => {
  const response = await post(body, headers);
  expect(response.status).toBe(200);
  return (await response.json()) as ImportReport;
};
const get = async <T>(path: string): Promise<T> => {
  const response = await fetch(explorer.url + path, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(response.status).toBe(200);
  return (await response.json()) as T;
};
const line = (n: number, service = 'imported') =>
  `${JSON.stringify(requestOf([spanOf(traceIdOf(n), spanIdOf(n))], service))}\n`;

describe('an import', () => {
  it('stores JSON lines, and recognizes the spans when they come again', async () => {
    const lines = line(1) + line(2) + line(3);
    expect(await report(lines)).toMatchObject({
      documents: 3,
      spans: 3,
      stored: 3,
      duplicates: 0,
      refused: 0,
      faults: 0,
      errors: [],
    });
    expect(await report(lines, { 'content-type': 'application/x-ndjson' })).toMatchObject({
      spans: 3,
      stored: 0,
      duplicates: 3,
    });
    expect(await get(`/api/v1/traces/${traceIdOf(2)}`)).toMatchObject({
      summary: { services: ['imported'] },
    });
  });

  it('decompresses gzip with and without a header', async () => {
    expect(await report(gzipSync(line(11)), { 'content-encoding': 'gzip' })).toMatchObject({ stored: 1 });
    expect(await report(gzipSync(line(12)))).toMatchObject({ stored: 1 });
    // Two members, as `cat a.gz b.gz` makes them.
    expect(await report(Buffer.concat([gzipSync(line(13)), gzipSync(line(14))]))).toMatchObject({
      stored: 2,
    });
  });

  it('counts the parts that it cannot store or read, and names the lines', async () => {
    const unusable = JSON.stringify(
      requestOf([spanOf('0'.repeat(32), spanIdOf(1)), spanOf(traceIdOf(21), spanIdOf(21))]),
    );
    const body = [
      unusable,
      'not json',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"server"}]}]}]}',
      '{"resourceLogs":[]}',
      '{"resourceMetrics":[]}',
      '{"spans":[]}',
      line(22),
    ].join('\n');
    expect(await report(body)).toEqual({
      documents: 6,
      spans: 3,
      stored: 2,
      duplicates: 0,
      refused: 1,
      reasons: ['1 span: no valid trace id'],
      skipped: { logs: 1, metrics: 1, profiles: 0 },
      faults: 3,
      errors: [
        { line: 2, message: 'the text is not a JSON object' },
        { line: 3, message: expect.stringContaining('names are not allowed') as string },
        {
          line: 6,
          message: expect.stringContaining('no spans in a document with the keys "spans"') as string,
        },
      ],
    });
  });

  it('reads no element with more parts than a request may have', async () => {
    const links = Array.from({ length: 1_001 }, () => ({}));
    const body = [
      JSON.stringify(requestOf([spanOf(traceIdOf(31), spanIdOf(31), { links })])),
      `{"data":[{"spans":[${Array(8_001).fill('[]').join()}]}]}`,
      line(32),
    ].join('\n');
    expect(await report(body)).toMatchObject({
      stored: 1,
      faults: 2,
      errors: [
        { line: 1, message: expect.stringContaining('limit links') as string },
        { line: 2, message: expect.stringContaining('limit values') as string },
      ],
    });
  });

  it('answers 400 if no part of a file is understood', async () => {
    const response = await post('hello');
    expect([response.status, response.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json',
    ]);
    expect(await response.json()).toMatchObject({
      detail: 'nothing could be imported: line 1: the text is not a JSON object',
      faults: 1,
    });
    expect(await (await post('{"traces":[]}')).json()).toMatchObject({
      detail: expect.stringContaining(
        'known are resourceSpans (OTLP), batches (Tempo) and data (Jaeger)',
      ) as string,
    });
    expect((await post(Buffer.concat([gzipSync(line(31)).subarray(0, 40)]))).status).toBe(400);
    expect(await report('')).toMatchObject({ documents: 0, spans: 0 });
  });

  it('takes a body of any length in little memory: one document, far beyond the body limit', async () => {
    const spans = 8_000;
    function* chunks() {
      yield '{"data":[';
      for (let n = 0; n < spans; n++) {
        const span = {
          traceID: (0x500000 + n).toString(16),
          spanID: '1',
          operationName: 'x'.repeat(300),
          startTime: 1_795_377_194_750_000,
          duration: 1,
          processID: 'p',
        };
        yield `${n > 0 ? ',' : ''}${JSON.stringify({ traceID: span.traceID, spans: [span], processes: { p: { serviceName: 'long' } } })}`;
      }
      yield `,{"tooLarge":"${'x'.repeat(80_000)}"}],"total":${spans}}`;
    }
    expect(
      await report(
        Readable.toWeb(Readable.from(chunks(), { objectMode: false })) as unknown as NonNullable<
          RequestInit['body']
        >,
      ),
    ).toMatchObject({
      documents: 1,
      spans,
      stored: spans,
      faults: 1,
      errors: [{ message: expect.stringContaining('at most 65536') as string }],
    });
  });

  it("takes Jaeger's answers: the same trace comes back from an import", async () => {
    const trace = `/jaeger/api/traces/${traceIdOf(41)}`;
    const links = [{ traceId: traceIdOf(1), spanId: spanIdOf(1) }];
    const event = { timeUnixNano: '1795377194751000000', name: 'claimed', attributes: [] };
    const more = {
      kind: 2,
      links,
      events: [event],
      status: { code: 2, message: 'no' },
      traceState: 'v=1',
      flags: 1,
    };
    await report(`${JSON.stringify(requestOf([spanOf(traceIdOf(41), spanIdOf(41), more)]))}\n`);
    const answer = await get(trace);
    const other = await openTestExplorer();
    try {
      const response = await fetch(`${other.url}/api/v1/import`, {
        method: 'POST',
        body: JSON.stringify(answer),
      });
      expect(await response.json()).toMatchObject({ stored: 1, faults: 0 });
      expect(await getJson(other.url, trace)).toEqual(answer);
    } finally {
      await other.close();
    }
  });

  it.each([
    ['GET', {}, 405],
    ['POST', { authorization: 'Bearer wrong' }, 401],
    ['POST', { origin: 'https://elsewhere.example' }, 403],
    ['POST', { origin: 'https://tools.example' }, 200],
    ['POST', { 'content-encoding': 'br' }, 415],
  ])('is refused or accepted: %s with %j is %i', async (method, headers, status) => {
    const response = await fetch(`${explorer.url}/api/v1/import`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      ...(method === 'POST' && { body: line(51) }),
    });
    expect(response.status).toBe(status);
  });
});

describe('recorded files', () => {
  const recording = (name: string) => readFile(new URL(`recordings/${name}`, import.meta.url));

  it.each([
    [
      'collector-file-exporter-pdata-1.71.0.jsonl',
      { documents: 4, spans: 4, faults: 0, skipped: { logs: 1, metrics: 1, profiles: 0 } },
    ],
    ['tempo-batches.json', { documents: 1, spans: 2, faults: 0 }],
  ])('%s is read completely', async (name, expected) => {
    expect(await report(await recording(name))).toMatchObject(expected);
  });
});

describe('another format at /v1/traces', () => {
  const answer = async (body: unknown) => {
    const response = await postJson(explorer.url, body, { authorization: `Bearer ${TOKEN}` });
    return [response.status, await response.json()];
  };

  it.each([{ data: [] }, { batches: [{}] }, { resource_spans: [] }, { foo: 1 }])(
    'is answered with a hint: %j',
    async (body) => {
      const [key = ''] = Object.keys(body);
      expect(await answer(body)).toEqual([
        200,
        { partialSuccess: { rejectedSpans: '0', errorMessage: expect.stringContaining(key) as string } },
      ]);
    },
  );

  it('is not suspected for an empty request', async () => {
    expect(await answer({})).toEqual([200, {}]);
    expect(await answer({ resourceSpans: [] })).toEqual([200, {}]);
  });
});

describe('an export', () => {
  it('has the traces of a query as OTLP lines, which another explorer imports and exports again byte by byte', async () => {
    const source = await openTestExplorer();
    const target = await openTestExplorer();
    try {
      const big = Array.from({ length: 4_500 }, (_, n) =>
        spanOf(traceIdOf(7), spanIdOf(n + 1), {
          startTimeUnixNano: String(1_795_377_194_000_000_000n + BigInt(n)),
        }),
      );
      await postJson(source.url, requestOf(big, 'big'));
      for (let n = 100; n < 220; n++) {
        const attributes = [
          { key: 'n', value: { intValue: String(n) } },
          {
            key: 'list',
            value: { arrayValue: { values: [{ doubleValue: 0.5 }, {}, { bytesValue: 'AQI=' }] } },
          },
        ];
        const links = [
          { traceId: traceIdOf(7), spanId: spanIdOf(1), flags: 0x301, attributes, traceState: 'a=1' },
        ];
        const odd = n % 7 === 0 ? { endTimeUnixNano: '5', parentSpanId: 'abcd', flags: 0xffff_ffff } : {};
        const span = spanOf(traceIdOf(n), spanIdOf(n), {
          attributes,
          links,
          events: [{ timeUnixNano: '1', name: 'e', attributes }],
          ...odd,
        });
        await postJson(source.url, requestOf([span], `service-${n % 3}`));
      }
      const exported = await (await fetch(`${source.url}/api/v1/export`)).text();
      expect(exported.trim().split('\n')).toHaveLength(120 + 3);
      const imported = await fetch(`${target.url}/api/v1/import`, { method: 'POST', body: exported });
      expect(await imported.json()).toMatchObject({ spans: 4_620, stored: 4_620, faults: 0, refused: 0 });
      expect(await (await fetch(`${target.url}/api/v1/export`)).text()).toBe(exported);
      const some = await (await fetch(`${source.url}/api/v1/export?q=service%3Dservice-1&limit=5`)).text();
      expect(some.trim().split('\n')).toHaveLength(5);
      expect(some).not.toContain('service-2');
    } finally {
      await source.close();
      await target.close();
    }
  });

  it('refuses an invalid query or limit', async () => {
    for (const parameters of ['q=service%3D', 'limit=0', 'from=now']) {
      const response = await fetch(`${explorer.url}/api/v1/export?${parameters}`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      expect(response.status).toBe(400);
    }
    expect((await fetch(`${explorer.url}/api/v1/export`)).status).toBe(401);
  });
});
