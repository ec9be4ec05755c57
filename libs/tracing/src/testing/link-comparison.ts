import type { Attributes } from '@opentelemetry/api';
import type { LinkTarget } from './link-target.ts';
import type { RecordedLink, RecordedSpan } from './recorded-span.ts';
import { spanKey } from './span-ids.ts';

/** The requirements that a link must meet to count. */
export interface ExpectedLink {
  /** `spanlinks.relation`: `origin`, `initiator`, `previous_attempt`, … */
  readonly relation?: string;
  /** Attributes that the link must have, among others; values may be asymmetric, e.g. `expect.any(String)`. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A link and its span. */
export interface BorneLink {
  readonly link: RecordedLink;
  readonly bearer: RecordedSpan;
}

/** The differences between the links of some spans and the spans that they should lead to. */
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

/**
 * Takes linear time: a fan-in of 100,000 sources is tested like one of five. Equal targets count once. Several links to
 * one target are correct if their attributes differ, like those of messages that were sent in bulk.
 */
export function compareLinks(links: readonly BorneLink[], targets: readonly LinkTarget[]): LinkComparison {
  const bearersOf = new Map<string, Bearers>();
  for (const target of targets) {
    bearersOf.set(spanKey(target), { target, bearers: [], links: [] });
  }
  const extra: BorneLink[] = [];
  for (const borne of links) {
    const wanted = bearersOf.get(spanKey(borne.link));
    if (wanted) {
      wanted.bearers.push(borne.bearer);
      wanted.links.push(borne.link);
    } else extra.push(borne);
  }
  const compared = [...bearersOf.values()];
  return {
    missing: compared.filter(({ bearers }) => bearers.length === 0).map(({ target }) => target),
    repeated: compared.filter(hasEqualLinks),
    extra,
  };
}

interface Bearers {
  readonly target: LinkTarget;
  readonly bearers: RecordedSpan[];
  readonly links: RecordedLink[];
}

function hasEqualLinks({ links }: Bearers): boolean {
  if (links.length < 2) return false;
  const texts = links.map(({ attributes }) => JSON.stringify(Object.entries(attributes).sort()));
  return new Set(texts).size < links.length;
}
