import type { Attribute, LinkCompleteness, SpanDetail, SpanSummary } from '@span-links/explorer-api';

/** The completeness of a span's links, for people. */
export interface CompletenessText {
  readonly tone: 'ok' | 'warn' | 'quiet';
  readonly headline: string;
  /** Further details, and what to do. */
  readonly more: string | null;
}

const SIZE_KEYS = ['batch.size', 'messaging.batch.message_count'];

/**
 * `null` if there is nothing to say: the span does not tell how many links it should have, and none
 * was dropped.
 */
export function completenessText(
  completeness: LinkCompleteness,
  span: SpanSummary | SpanDetail,
): CompletenessText | null {
  const { verdict, keptOverParts } = completeness;
  const expected = completeness.expected ?? keptOverParts;
  const size = `${sizeName(span)} = ${count(expected)}`;
  const shared = sharing(completeness);
  switch (verdict) {
    case 'complete':
      return {
        tone: 'ok',
        headline: `${keptOf(completeness, expected)}, matches ${size}`,
        more: shared,
      };
    case 'dropped':
      return dropped(completeness, shared);
    case 'missing_sources':
      return {
        tone: 'warn',
        headline: `${keptOf(completeness, expected)}, ${count(completeness.missing)} had nothing to link to`,
        more: joined(
          shared,
          `Of ${size}, ${count(completeness.missing)} came without a usable trace context (spanlinks.links.missing).`,
        ),
      };
    case 'short':
      return {
        tone: 'warn',
        headline: `${count(keptOverParts)} links, but ${size}`,
        more: joined(
          shared,
          'Nothing says where the rest is. Spans that share the links may not have been received yet.',
        ),
      };
    case 'unknown':
      return shared === null ? null : { tone: 'quiet', headline: shared, more: null };
  }
}

function dropped(completeness: LinkCompleteness, shared: string | null): CompletenessText {
  const { kept, keptOverParts } = completeness;
  const total = kept + completeness.dropped;
  const mend =
    `Set OTEL_SPAN_LINK_COUNT_LIMIT to ${Math.max(total, completeness.expected ?? 0)} or more, ` +
    'or split the batch, as startFanIn of @span-links/tracing does.';
  // Another part may have lost links while this one kept all of its own.
  const headline =
    completeness.dropped > 0
      ? `${count(kept)} of ${count(total)} kept, ${count(completeness.dropped)} dropped by the SDK’s limit`
      : `${count(keptOverParts)} kept, a span that shares them had links dropped by the SDK’s limit`;
  return { tone: 'warn', headline, more: joined(shared, mend) };
}

function keptOf({ keptOverParts }: LinkCompleteness, expected: number): string {
  if (keptOverParts >= expected) return `${count(keptOverParts)} links`;
  return `${count(keptOverParts)} links for ${count(expected)} sources`;
}

function sharing({ kept, keptOverParts, parts }: LinkCompleteness): string | null {
  if (parts < 2) return null;
  return `This span bears ${count(kept)} of ${count(keptOverParts)} links, ${count(parts)} spans share them.`;
}

/** The attribute with the expected number. A summary has no attributes, so it has no such name. */
function sizeName(span: SpanSummary | SpanDetail): string {
  const attributes: readonly Attribute[] = 'attributes' in span ? span.attributes : [];
  return SIZE_KEYS.find((name) => attributes.some(({ key }) => key === name)) ?? 'the size of the batch';
}

function joined(...texts: (string | null)[]): string {
  return texts.filter((text) => text !== null).join(' ');
}

const NUMBER = new Intl.NumberFormat('en-US');

function count(value: number): string {
  return NUMBER.format(value);
}
