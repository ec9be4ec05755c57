import { readFile } from 'node:fs/promises';
import type { LinkPage, SpanDetail, SpanPage } from '@span-links/explorer-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { getJson } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer();
});
afterAll(() => explorer.close());

/** Sends a client's recorded request with its headers. */
async function replay(name: string, headers: Record<string, string>): Promise<Response> {
  const body = await readFile(new URL(`recordings/${name}`, import.meta.url));
  return fetch(`${explorer.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', ...headers },
    body,
  });
}
const search = async (query: string) =>
  (await getJson<SpanPage>(explorer.url, `/api/v1/spans?q=${encodeURIComponent(query)}`)).spans;

it('the Go SDK is understood: gzip, slices, an error event, and a link that resolves', async () => {
  const response = await replay('go-sdk-1.47.0.otlp.gz', {
    'content-encoding': 'gzip',
    'user-agent': 'OTel OTLP Exporter Go/1.47.0',
  });
  expect([response.status, await response.arrayBuffer()]).toEqual([200, new ArrayBuffer(0)]);
  const [batch] = await search('service=orders-go name=process-batch');
  const span = `/api/v1/traces/${batch!.traceId}/spans/${batch!.spanId}`;
  const { links } = await getJson<LinkPage>(explorer.url, `${span}/links`);
  expect(links).toMatchObject([
    {
      flags: 0x301,
      other: { resolved: true, service: 'orders-go', name: 'receive-order', kind: 'producer' },
    },
  ]);
  const { events } = await getJson<SpanDetail>(explorer.url, span);
  expect(events).toMatchObject([{ name: 'exception' }]);
});

it('the Java agent is understood: a server and a client span of each request, and the error of one', async () => {
  const response = await replay('java-agent-2.33.1.otlp', { 'user-agent': 'OTel-OTLP-Exporter-Java/1.67.0' });
  expect(response.status).toBe(200);
  const spans = await search('service=orders-java');
  expect(spans.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual(
    expect.arrayContaining(['server POST /broken', 'server POST /orders']),
  );
  expect(await search('service=orders-java status=error')).not.toEqual([]);
});
