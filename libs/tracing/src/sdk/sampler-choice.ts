import { LinkSampler } from '../sampler/link-sampler.ts';
import type { Sampler } from '../sampler/sampler.ts';
import type { SamplerConfig } from './config.ts';
import { sdkTrace } from './packages.ts';

/**
 * The sampler of OTEL_TRACES_SAMPLER with a {@link LinkSampler} around the part that decides about roots; undefined if
 * links decide nothing and the SDK builds its sampler itself.
 *
 * Under a sampler that does not ask the parent, the children in this process of a root that links have kept still
 * follow it: their own decision could keep a batch span and drop its children. Nothing else changes, because a ratio
 * sampler decides the same for all spans of a trace.
 */
export function chosenSampler(config: SamplerConfig): Sampler | undefined {
  const { name, keepWhen, maxExtraPerSecond } = config;
  if (keepWhen === 'off') return undefined;
  const { ParentBasedSampler } = sdkTrace();
  const plain = plainSampler(config);
  const root = new LinkSampler({ fallback: plain, keepWhen, maxExtraPerSecond });
  return new ParentBasedSampler(
    name.startsWith('parentbased_')
      ? { root }
      : {
          root,
          remoteParentSampled: plain,
          remoteParentNotSampled: plain,
          localParentNotSampled: plain,
        },
  );
}

/** For the log line at the start. */
export function describeSampler({ name, ratio, keepWhen, maxExtraPerSecond }: SamplerConfig): string {
  const own = name.endsWith('traceidratio') ? `${name} ${ratio}` : name;
  if (keepWhen === 'off') return own;
  const sources =
    typeof keepWhen === 'object' ? `a share of ${keepWhen.ratio} of the` : keepWhen === 'all' ? 'all' : 'any';
  return `${own} or ${sources} linked sources sampled (up to ${maxExtraPerSecond} more traces a second)`;
}

function plainSampler({ name, ratio }: SamplerConfig): Sampler {
  const { AlwaysOffSampler, AlwaysOnSampler, TraceIdRatioBasedSampler } = sdkTrace();
  if (name.endsWith('always_on')) return new AlwaysOnSampler();
  if (name.endsWith('always_off')) return new AlwaysOffSampler();
  return new TraceIdRatioBasedSampler(ratio);
}
