export type { KeepRule } from './keep-rule.ts';
export { LinkSampler, type LinkSamplerOptions } from './link-sampler.ts';
