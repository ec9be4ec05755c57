export type { KeepRule } from './keep-rule.ts';
export {
  ATTR_SAMPLED_BY,
  DEFAULT_MAX_EXTRA_PER_SECOND,
  LinkSampler,
  type LinkSamplerOptions,
} from './link-sampler.ts';
export type { Sampler, SamplingDecision, SamplingResult } from './sampler.ts';
