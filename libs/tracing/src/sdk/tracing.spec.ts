import { afterEach, describe, expect, it, vi } from 'vitest';
import { exportCounters, exportRoom, flushTracing, spanLinkLimit, stopTracing } from './tracing.ts';

describe('without tracing', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('nothing is flushed, stopped or awaited', async () => {
    await expect(flushTracing()).resolves.toBe(true);
    await expect(stopTracing()).resolves.toBe(true);
    await expect(exportRoom(1_000_000)).resolves.toBeUndefined();
    expect(exportCounters()).toEqual({
      queued: 0,
      exported: 0,
      dropped: { ordinary: 0, linkBearing: 0 },
      failed: { exports: 0, spans: 0 },
      journal: { recovered: 0, interrupted: 0, uncovered: 0 },
    });
  });

  it('the link limit is 128, or the value of OTEL_SPAN_LINK_COUNT_LIMIT', () => {
    vi.stubEnv('OTEL_SPAN_LINK_COUNT_LIMIT', undefined);
    expect(spanLinkLimit()).toBe(128);
    vi.stubEnv('OTEL_SPAN_LINK_COUNT_LIMIT', '1000');
    expect(spanLinkLimit()).toBe(1_000);
    vi.stubEnv('OTEL_SPAN_LINK_COUNT_LIMIT', 'many');
    expect(spanLinkLimit()).toBe(128);
  });
});
