import { ROOT_CONTEXT, SpanKind, TraceFlags, trace, type Context, type Link } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { aLink } from '../../test/sdk/ended-spans.ts';
import type { SamplerConfig } from './config.ts';
import { chosenSampler, describeSampler } from './sampler-choice.ts';

const config = (name: string, more: Partial<SamplerConfig> = {}): SamplerConfig => ({
  name,
  ratio: 0,
  keepWhen: 'any',
  maxExtraPerSecond: 100,
  ...more,
});

function isKept(samplerConfig: SamplerConfig, links: Link[], parent: Context = ROOT_CONTEXT): boolean {
  const sampler = chosenSampler(samplerConfig)!;
  return sampler.shouldSample(parent, 'a'.repeat(32), 'span', SpanKind.INTERNAL, {}, links).decision === 2;
}

function below(traceFlags: TraceFlags, isRemote: boolean): Context {
  const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags, isRemote };
  return trace.setSpanContext(ROOT_CONTEXT, parent);
}

const RATIOS = ['traceidratio', 'parentbased_traceidratio'];

describe('chosenSampler', () => {
  it('leaves the sampler to the SDK if links decide nothing', () => {
    expect(chosenSampler(config('parentbased_traceidratio', { keepWhen: 'off' }))).toBeUndefined();
  });

  it.each([...RATIOS, 'always_off', 'parentbased_always_off'])(
    'keeps a root for its sampled sources beside %s, and no other',
    (name) => {
      expect(isKept(config(name), [aLink(1)])).toBe(true);
      expect(isKept(config(name), [])).toBe(false);
    },
  );

  it.each(['always_on', 'parentbased_always_on'])('keeps every root of %s', (name) => {
    expect(isKept(config(name), [])).toBe(true);
  });

  it.each(RATIOS)('keeps the ratio of the variables for %s', (name) => {
    expect(isKept(config(name, { ratio: 1 }), [])).toBe(true);
  });

  it.each(RATIOS)('makes children follow the root that links have kept, under %s', (name) => {
    expect(isKept(config(name), [], below(TraceFlags.SAMPLED, false))).toBe(true);
  });

  it.each(RATIOS)('never upgrades the child of an unsampled parent, under %s', (name) => {
    expect(isKept(config(name), [aLink(1)], below(TraceFlags.NONE, false))).toBe(false);
    expect(isKept(config(name), [aLink(1)], below(TraceFlags.NONE, true))).toBe(false);
  });

  it('follows a sampled remote parent only if OTEL_TRACES_SAMPLER does', () => {
    const remote = below(TraceFlags.SAMPLED, true);
    expect(isKept(config('parentbased_traceidratio'), [], remote)).toBe(true);
    expect(isKept(config('traceidratio'), [], remote)).toBe(false);
  });

  it('respects the bound', () => {
    expect(isKept(config('traceidratio', { maxExtraPerSecond: 0 }), [aLink(1)])).toBe(false);
  });
});

describe('describeSampler', () => {
  it.each<[Partial<SamplerConfig>, string]>([
    [{ keepWhen: 'off' }, 'traceidratio 0.01'],
    [{}, 'traceidratio 0.01 or any linked sources sampled (up to 100 more traces a second)'],
    [
      { keepWhen: { ratio: 0.5 } },
      'traceidratio 0.01 or a share of 0.5 of the linked sources sampled (up to 100 more traces a second)',
    ],
  ])('describes the sampling of %o', (more, text) => {
    expect(describeSampler(config('traceidratio', { ratio: 0.01, ...more }))).toBe(text);
  });
});
