import {
  SPAN_KIND,
  startOtlpReceiver,
  type OtlpReceiver,
  type ReceivedSpan,
} from '@span-links/otlp/receiver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runFixture } from './run-fixture.ts';

let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(() => receiver.close());

/** Sends one request to the NestJS fixture and returns its spans. */
async function spansOf(
  method: string,
  path: string,
  env: Record<string, string> = {},
): Promise<ReceivedSpan[]> {
  const app = runFixture('nest-app.mjs', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env } });
  const port = await app.ready;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    ...(method === 'POST' && {
      headers: { 'content-type': 'application/json' },
      body: '{"customerId":"c-1"}',
    }),
  });
  await response.text();
  app.kill('SIGTERM');
  await app.ended;
  return receiver.spans();
}

const shape = (spans: readonly ReceivedSpan[]): string[] =>
  spans
    .map(({ name, parentSpanId }) => {
      const parent = spans.find(({ spanId }) => spanId === parentSpanId);
      return parent === undefined ? name : `${parent.name} > ${name}`;
    })
    .sort();

describe('a NestJS 12 application on express, as ES modules', () => {
  it('gets a span with its route around its own spans, and nothing else', async () => {
    const spans = await spansOf('POST', '/api/orders');
    expect(shape(spans)).toEqual(['POST /api/orders', 'POST /api/orders > receive-order']);
    const server = spans.find(({ name }) => name === 'POST /api/orders');
    expect(server?.kind).toBe(SPAN_KIND.server);
    expect(server?.attributes).toMatchObject({
      'http.route': '/api/orders',
      'http.response.status_code': 201,
    });
  });

  it.each([
    ['/api/orders/7?verbose=1', 'GET /api/orders/:id', '/api/orders/:id', 200],
    ['/api/orders/7/failure', 'GET /api/orders/:id/failure', '/api/orders/:id/failure', 500],
    ['/nowhere', 'GET', undefined, 404],
  ])('names GET %s "%s"', async (path, name, route, status) => {
    const [span, ...others] = await spansOf('GET', path);
    expect(others).toEqual([]);
    expect(span?.name).toBe(name);
    expect(span?.attributes['http.route']).toBe(route);
    expect(span?.attributes['http.response.status_code']).toBe(status);
  });

  it('gets no span for a health check, or for the work inside it', async () => {
    expect(await spansOf('GET', '/health/live')).toEqual([]);
  });

  it('has its route in the metrics, too, when metrics are asked for', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_METRICS_EXPORTER: 'console' };
    const app = runFixture('nest-app.mjs', { env });
    await (await fetch(`http://127.0.0.1:${await app.ready}/api/orders/7`)).text();
    app.kill('SIGTERM');
    const { stdout } = await app.ended;
    expect(stdout).toContain("name: 'http.server.request.duration'");
    expect(stdout).toContain("'http.route': '/api/orders/:id'");
  });
});
