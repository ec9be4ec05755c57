import type { Attributes } from '@opentelemetry/api';
import type { LinkTarget } from './link-target.ts';
import type { RecordedLink, RecordedSpan } from './recorded-span.ts';
import { spanKey } from './span-ids.ts';

/** What a link has to say to count. */
export interface ExpectedLink {
  /** `spanlinks.relation`: `origin`, `initiator`, `previous_attempt`, … */
  readonly relation?: string;
  /** Attributes that the link must have, among others; values may be asymmetric, e.g. `expect.any(String)`. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A link and the span that bears it. */
export interface BorneLink {
  readonly link: RecordedLink;
  readonly bearer: RecordedSpan;
}

/** How the links of some spans differ from the spans that they should lead to. */
export interface LinkComparison {
  readonly missing: readonly LinkTarget[];
  readonly repeated: readonly { readonly target: LinkTarget; readonly bearers: readonly RecordedSpan[] }[];
  /** Links that lead elsewhere. */
  readonly extra: readonly BorneLink[];
}

export type Equals = (actual: unknown, expected: unknown) => boolean;

export function borneLinks(spans: readonly RecordedSpan[]): readonly BorneLink[] {
  return spans.flatMap((bearer) => bearer.links.map((link) => ({ link, bearer })));
}

export function isAsExpected(link: RecordedLink, expected: ExpectedLink, equals: Equals): boolean {
  if (expected.relation !== undefined && link.relation !== expected.relation) return false;
  const attributes: Attributes = link.attributes;
  return Object.entries(expected.attributes ?? {}).every(([key, value]) => equals(attributes[key], value));
}

/** In linear time: a fan-in of 100,000 sources is tested like one of five. Targets that are one span count once. */
export function compareLinks(links: readonly BorneLink[], targets: readonly LinkTarget[]): LinkComparison {
  const bearersOf = new Map<string, { target: LinkTarget; bearers: RecordedSpan[] }>();
  for (const target of targets) {
    bearersOf.set(spanKey(target), { target, bearers: [] });
  }
  const extra: BorneLink[] = [];
  for (const borne of links) {
    const wanted = bearersOf.get(spanKey(borne.link));
    if (wanted) wanted.bearers.push(borne.bearer);
    else extra.push(borne);
  }
  const compared = [...bearersOf.values()];
  return {
    missing: compared.filter(({ bearers }) => bearers.length === 0).map(({ target }) => target),
    repeated: compared.filter(({ bearers }) => bearers.length > 1),
    extra,
  };
}
