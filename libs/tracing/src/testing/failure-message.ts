import { ATTR_LINK_RELATION } from '../attributes.ts';
import type { BorneLink, ExpectedLink, LinkComparison } from './link-comparison.ts';
import type { LinkTarget } from './link-target.ts';
import type { RecordedLink, RecordedSpan } from './recorded-span.ts';
import { nameBeside } from './span-log.ts';
import { shortId } from './span-ids.ts';
import { brief, countByName, lines, plural } from './wording.ts';

/** `process-batch` or `3 spans (process-batch, …)` */
export function subject(spans: readonly RecordedSpan[]): string {
  const [span] = spans;
  if (span && spans.length === 1) return brief(span.name);
  return `${plural(spans.length, 'span')} (${countByName(spans)})`;
}

/** The requirements for a link, in words; empty if any link will do. */
export function wanted({ relation, attributes }: ExpectedLink): string {
  const parts = relation === undefined ? [] : [`relation ${relation}`];
  if (attributes) parts.push(`attributes ${brief(printed(attributes))}`);
  return parts.length === 0 ? '' : ` with ${parts.join(' and ')}`;
}

/** The links of some spans, as a list under a heading. */
export function linkList(
  heading: string,
  links: readonly BorneLink[],
  missing: readonly LinkTarget[] = [],
): string {
  const missingTraces = new Set(missing.map(({ traceId }) => traceId));
  const several = new Set(links.map(({ bearer }) => bearer)).size > 1;
  const line = ({ link, bearer }: BorneLink) => {
    const on = several ? ` on ${brief(bearer.name)}` : '';
    // The most common wrong link: the context was captured in a child of the right span.
    const hint = missingTraces.has(link.traceId)
      ? ', in the trace of a missing one: captured elsewhere?'
      : '';
    return `+ ${labelOf(link, [bearer])}${on}${marks(link)}${hint}`;
  };
  return `${heading}\n${lines(links, line)}`;
}

/**
 * The label of a span: its name, if it was recorded beside the received ones or the test passed it, other names from
 * the test, and its short ids.
 */
export function labelOf(target: LinkTarget, [received]: readonly RecordedSpan[]): string {
  const recorded = received && nameBeside(received, target);
  const name = recorded === undefined ? target.known : brief(recorded);
  const known = target.known === undefined || target.known === name ? undefined : `(${target.known})`;
  return [name, known, shortId(target)].filter((part) => part !== undefined).join(' ');
}

/** All differences between the links and the targets. Extra links are listed even if they are allowed. */
export function differences(
  spans: readonly RecordedSpan[],
  { missing, repeated, extra }: LinkComparison,
): string {
  const paragraphs: string[] = [];
  const label = (target: LinkTarget) => labelOf(target, spans);
  if (missing.length > 0) {
    const are = missing.length === 1 ? 'is' : 'are';
    paragraphs.push(
      `${plural(missing.length, 'target')} ${are} not linked:\n${lines(missing, (target) => `- ${label(target)}`)}`,
    );
  }
  if (repeated.length > 0) {
    const list = lines(repeated, ({ target, bearers }) => `! ${label(target)} from ${countByName(bearers)}`);
    paragraphs.push(`Linked more than once:\n${list}`);
  }
  if (extra.length > 0) {
    const lead = extra.length === 1 ? 'leads' : 'lead';
    paragraphs.push(linkList(`${plural(extra.length, 'link')} ${lead} elsewhere:`, extra, missing));
  }
  const dropped = droppedNote(spans);
  if (dropped !== '') paragraphs.push(dropped);
  return paragraphs.join('\n');
}

/** Empty if no link was dropped. */
export function droppedNote(spans: readonly RecordedSpan[]): string {
  const losers = spans.filter((span) => span.droppedLinks > 0);
  if (losers.length === 0) return '';
  const list = lines(
    losers,
    (span) =>
      `${brief(span.name)} kept ${plural(span.links.length, 'link')} and dropped ${span.droppedLinks}`,
  );
  return `Dropped by the SDK, which keeps the last of a span up to its limit (128 by default):\n${list}`;
}

function marks({ relation, attributes }: RecordedLink): string {
  const said = Object.entries(attributes)
    .filter(([key]) => key !== ATTR_LINK_RELATION)
    .map(([key, value]) => `${key}=${String(value)}`);
  if (relation !== undefined) said.unshift(relation);
  return said.length === 0 ? '' : ` (${brief(said.join(', '))})`;
}

function printed(attributes: Readonly<Record<string, unknown>>): string {
  return Object.entries(attributes)
    .map(([key, value]) => `${key}=${printedValue(value)}`)
    .join(', ');
}

// Asymmetric matchers can print themselves: `Any<String>`.
function printedValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { toAsymmetricMatcher } = value as { toAsymmetricMatcher?: () => string };
  return typeof toAsymmetricMatcher === 'function' ? toAsymmetricMatcher.call(value) : JSON.stringify(value);
}
