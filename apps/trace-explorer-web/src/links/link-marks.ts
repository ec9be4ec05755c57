import type { LinkDirection, ResolvedLink } from '@span-links/explorer-api';

/** An unusual fact about a link that could confuse its reader. */
export interface LinkMark {
  readonly text: string;
  readonly title: string;
}

/**
 * The first place of each target among the loaded links, and its first place with the same
 * attributes.
 */
export function firstPlaces(links: readonly ResolvedLink[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const link of links) {
    for (const key of [link.traceId + link.spanId, sameKey(link)]) {
      const before = places.get(key);
      if (before === undefined || link.index < before) places.set(key, link.index);
    }
  }
  return places;
}

/**
 * Links to one span with other attributes are other messages: ten messages sent in one span are ten
 * links with different ids.
 */
function sameKey({ traceId, spanId, attributes }: ResolvedLink): string {
  return `${traceId}${spanId} ${JSON.stringify(attributes)}`;
}

export function linkMarks(
  link: ResolvedLink,
  direction: LinkDirection,
  places: ReadonlyMap<string, number>,
): LinkMark[] {
  const marks: LinkMark[] = [];
  if (link.isSelf) marks.push({ text: 'itself', title: 'This link leads from the span to itself.' });
  if (link.isDuplicate) marks.push(...duplicateMark(link, direction, places));
  if (link.droppedAttributesCount > 0) {
    marks.push({
      text: `−${link.droppedAttributesCount} attributes`,
      title: `The SDK dropped ${link.droppedAttributesCount} attributes of this link.`,
    });
  }
  return marks;
}

function duplicateMark(
  link: ResolvedLink,
  direction: LinkDirection,
  places: ReadonlyMap<string, number>,
): LinkMark[] {
  const { traceId, spanId, index } = link;
  const firstOfAll = places.get(traceId + spanId);
  const first = places.get(sameKey(link));
  const what =
    direction === 'out' ? 'This span links to the same span before' : 'The same span links here before';
  // With a filter or another order, the first one may not be loaded.
  if (firstOfAll === undefined || firstOfAll >= index) return [{ text: 'again', title: `${what}.` }];
  if (first === undefined || first >= index) return [];
  return [{ text: `again, as #${first}`, title: `${what}, in its link #${first}.` }];
}
