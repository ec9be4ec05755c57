import { createContextKey, type Context, type Link } from '@opentelemetry/api';

// The API makes keys with `Symbol.for`, so a fan-in and a sampler from two copies of this package (ESM beside CommonJS,
// two versions in one tree) still understand each other.
const LINK_SOURCES = createContextKey('@span-links/tracing link sources');
const NONE: readonly Link[] = Object.freeze([]);

/**
 * Passes all links of a split fan-in to the sampler that decides about its root. The root itself gets only the first
 * part, so the sampler would miss a sampled source among the others.
 *
 * Use the returned context only for starting the root: the sources concern no other span.
 */
export function withLinkSources(parent: Context, links: readonly Link[]): Context {
  return parent.setValue(LINK_SOURCES, links);
}

/** All links of the fan-in whose root starts in this context, including those on the root. Empty otherwise. */
export function linkSourcesOf(parent: Context): readonly Link[] {
  const links = parent.getValue(LINK_SOURCES);
  return Array.isArray(links) ? (links as readonly Link[]) : NONE;
}
