import { TraceFlags, type SpanContext } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { carrierOf } from './carrier.ts';
import { linkFromCarrier } from './link-from-carrier.ts';
import { collectLinks } from './links.ts';

const LOCAL: SpanContext = {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags: TraceFlags.SAMPLED,
};
const OTHER: SpanContext = { ...LOCAL, spanId: 'c'.repeat(16) };

describe('collectLinks', () => {
  it('links to a span of this process directly, not marked remote, and ignores its carrier', () => {
    const { links } = collectLinks([{ spanContext: LOCAL, carrier: carrierOf(OTHER) }]);
    expect(links).toEqual([{ context: LOCAL, attributes: { 'spanlinks.relation': 'origin' } }]);
    expect(links[0]?.context.isRemote).toBeUndefined();
  });

  it('marks the span of a stored carrier as remote', () => {
    expect(collectLinks([{ carrier: carrierOf(LOCAL) }]).links[0]?.context.isRemote).toBe(true);
  });

  it('links once to a span that is given both by carrier and by context', () => {
    const set = collectLinks([{ carrier: carrierOf(LOCAL) }, { spanContext: OTHER }, { spanContext: LOCAL }]);
    expect(set.links.map((link) => link.context.spanId)).toEqual([LOCAL.spanId, OTHER.spanId]);
    expect([...set.linkOfSource]).toEqual([0, 1, 0]);
    expect(set.links[0]?.attributes?.['spanlinks.source_count']).toBe(2);
  });

  it('calls a local span without ids invalid, and one that was never started missing', () => {
    const noSdk = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 };
    const set = collectLinks([{ spanContext: noSdk }, { spanContext: undefined }]);
    expect(set.links).toEqual([]);
    expect(set.missing).toEqual({ invalid: 1, missing: 1 });
  });

  it('uses the carrier if there is no local span', () => {
    const { links } = collectLinks([{ spanContext: undefined, carrier: carrierOf(OTHER) }]);
    expect(links[0]?.context.spanId).toBe(OTHER.spanId);
  });

  it("keeps the sources' attributes as they are and has the relation win over them", () => {
    const attributes = { 'messaging.message.id': 'order-1', 'spanlinks.relation': 'something else' };
    const sources = [{ spanContext: LOCAL, attributes }, { spanContext: LOCAL }];
    const { links } = collectLinks(sources, 'initiator');
    expect(links[0]?.attributes).toEqual({
      'messaging.message.id': 'order-1',
      'spanlinks.relation': 'initiator',
      'spanlinks.source_count': 2,
    });
    expect(attributes).toEqual({
      'messaging.message.id': 'order-1',
      'spanlinks.relation': 'something else',
    });
  });
});

describe('linkFromCarrier', () => {
  it('has the given relation and attributes', () => {
    const link = linkFromCarrier(carrierOf(LOCAL), 'part_of', { 'order.id': 'order-1' });
    expect(link?.attributes).toEqual({ 'order.id': 'order-1', 'spanlinks.relation': 'part_of' });
  });

  it('returns nothing for a carrier that names no span', () => {
    expect(linkFromCarrier('garbage')).toBeUndefined();
  });
});
