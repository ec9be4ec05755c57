import type { LinkDirection, ResolvedLink } from '@span-links/explorer-api';

/** Something about a link that its reader would stumble over otherwise. */
export interface LinkMark {
  readonly text: string;
  readonly title: string;
}

const SAMPLED = 1;

/** Where each target comes first, among the links that are at hand. */
export function firstPlaces(links: readonly ResolvedLink[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const { traceId, spanId, index } of links) {
    const key = traceId + spanId;
    const before = places.get(key);
    if (before === undefined || index < before) places.set(key, index);
  }
  return places;
}

export function linkMarks(
  link: ResolvedLink,
  direction: LinkDirection,
  places: ReadonlyMap<string, number>,
): LinkMark[] {
  const marks: LinkMark[] = [];
  if (link.isSelf) marks.push({ text: 'itself', title: 'This link leads from the span to itself.' });
  if (link.isDuplicate) marks.push(duplicateMark(link, direction, places));
  if (link.other.resolved && isUnsampled(link.flags)) {
    marks.push({
      text: 'unsampled flag',
      title: 'The link says that its target was not sampled, and yet the target was received.',
    });
  }
  if (link.droppedAttributesCount > 0) {
    marks.push({
      text: `−${link.droppedAttributesCount} attributes`,
      title: `The SDK dropped ${link.droppedAttributesCount} attributes of this link.`,
    });
  }
  return marks;
}

/** The flags say that the target was not sampled. Without any flag they say nothing: senders before OTLP 1.1 left them out. */
export function isUnsampled(flags: number): boolean {
  return flags !== 0 && (flags & SAMPLED) === 0;
}

function duplicateMark(
  { traceId, spanId, index }: ResolvedLink,
  direction: LinkDirection,
  places: ReadonlyMap<string, number>,
): LinkMark {
  const first = places.get(traceId + spanId);
  const what =
    direction === 'out' ? 'This span links to the same span before' : 'The same span links here before';
  // With a filter or another order, the first one may not have been loaded.
  if (first === undefined || first >= index) return { text: 'again', title: `${what}.` };
  return { text: `again, as #${first}`, title: `${what}, in its link #${first}.` };
}
