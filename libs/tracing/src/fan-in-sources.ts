import { createContextKey, type Context, type Link } from '@opentelemetry/api';

// The API makes keys with `Symbol.for`, so a fan-in and a sampler from two copies of this package (ESM beside CommonJS,
// two versions in one tree) still understand each other.
const LINK_SOURCES = createContextKey('@span-links/tracing link sources');
const NONE: readonly Link[] = Object.freeze([]);

/**
 * Hands all links of a split fan-in to the sampler that decides about its root. The root itself is given the first part
 * only, and a sampled source among the others would go unseen.
 *
 * The returned context is for starting the root, not for working in: the sources concern no other span.
 */
export function withLinkSources(parent: Context, links: readonly Link[]): Context {
  return parent.setValue(LINK_SOURCES, links);
}

/** All links of the fan-in whose root is being started in this context, those on the root included; else none. */
export function linkSourcesOf(parent: Context): readonly Link[] {
  const links = parent.getValue(LINK_SOURCES);
  return Array.isArray(links) ? (links as readonly Link[]) : NONE;
}
