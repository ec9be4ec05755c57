import { describe, expect, it } from 'vitest';
import { endedSpan, type SpanShape } from '../../test/sdk/ended-spans.ts';
import { otlpEncoding } from './packages.ts';
import type { EndedSpan } from './span-pipeline.ts';
import { spanSizeBytes } from './span-size.ts';

/** The bytes that one span adds to a request that already has its resource and scope. */
function encodedBytes(shape: SpanShape): number {
  const encoding = otlpEncoding<EndedSpan[]>('traces', 'http/protobuf');
  const span = endedSpan(shape);
  return encoding.serializeRequest([span, span])!.length - encoding.serializeRequest([span])!.length;
}

describe('spanSizeBytes', () => {
  it.each<[string, SpanShape]>([
    ['without anything', {}],
    [
      'of a request',
      {
        name: 'POST /orders',
        attributes: {
          'http.request.method': 'POST',
          'url.scheme': 'http',
          'network.peer.address': '127.0.0.1',
          'network.peer.port': 40_000,
          'user_agent.original': 'curl/7.88.1',
          'http.response.status_code': 201,
          'http.route': '/orders',
        },
      },
    ],
    ['with 100 links', { links: 100 }],
    [
      'with lists',
      { attributes: { ids: Array.from({ length: 50 }, (_, index) => `order-${index}`), sizes: [1, 2, 3] } },
    ],
    ['of a long statement', { attributes: { 'db.query.text': 'x'.repeat(100_000) } }],
    ['with an exception', { exception: new Error('broken') }],
  ])('is accurate to a fifth for a span %s', (_, shape) => {
    const ratio = spanSizeBytes(endedSpan(shape)) / encodedBytes(shape);
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.25);
  });
});
