import { SPAN_KIND, type JourneySpan } from './journey-span.ts';
import type { Members } from './journey-members.ts';

/** The attribute that tells a journey from others of its kind: `order.id` = 42. */
export interface ItemName {
  readonly key: string;
  readonly value: string;
}

const NAMES_AN_ITEM = /(?:^|[._-])(?:id|key|number|no|uuid|ref)$|[a-z](?:Id|ID|Key|Number|Uuid|Ref)$/;
/**
 * Names of OpenTelemetry's conventions that look like an item's name but identify hosts, threads,
 * users or calls.
 */
const CONVENTIONS =
  /^(?:aws|az|browser|client|cloud|code|container|db|deployment|enduser|error|exception|faas|gcp|graphql|host|http|k8s|messaging|net|network|os|otel|peer|process|rpc|server|service|session|spanlinks|system|telemetry|thread|tls|url|user|user_agent|v8js|webengine)[._]/;
const LONGEST = 200;

/** The attributes of a span that may name its item. */
export function itemNames(attributes: Readonly<Record<string, unknown>>): Record<string, string> | undefined {
  let names: Record<string, string> | undefined;
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    if (!NAMES_AN_ITEM.test(key) || CONVENTIONS.test(key)) continue;
    const text = String(value);
    if (text !== '' && text.length <= LONGEST) (names ??= {})[key] = text;
  }
  return names;
}

const MESSAGE_ID = 'messaging.message.id';

/** The attributes that may tell a span from others of its operation: names of items, or a message. */
export function spanNames(attributes: Readonly<Record<string, unknown>>): Record<string, string> | undefined {
  const names = itemNames(attributes);
  const messageId = attributes[MESSAGE_ID];
  const isName = typeof messageId === 'string' && messageId !== '' && messageId.length <= LONGEST;
  return isName ? { ...names, [MESSAGE_ID]: messageId } : names;
}

/**
 * The attribute that tells the journey apart. The name of an item appears again at later steps, so
 * an attribute that later traces repeat comes before one that only one span has or that belongs to
 * a caller (`customer.id`). If there is none, the message id on a link is used.
 */
export function itemName({ headTraceId, steps }: Members): ItemName | undefined {
  const head = steps.filter(({ unit }) => unit.trace.traceId === headTraceId);
  const candidates = new Map<string, ItemName & { points: number }>();
  for (const span of head.flatMap(({ unit }) => unit.scope)) {
    for (const [key, value] of Object.entries(span.names ?? {})) {
      if (!candidates.has(key)) candidates.set(key, { key, value, points: pointsAtHead(span) });
    }
  }
  const later = steps
    .slice(head.length, head.length + 8)
    .flatMap(({ unit, from }) => [
      ...from.map(({ link }) => ({ [MESSAGE_ID]: link.messageId ?? '' })),
      ...unit.scope.slice(0, 200).map(({ names }) => names ?? {}),
    ]);
  for (const candidate of candidates.values()) {
    const isRepeated = later.some((names) => Object.values(names).includes(candidate.value));
    if (isRepeated) candidate.points += 4;
  }
  const [best] = [...candidates.values()].sort((a, b) => b.points - a.points || a.key.length - b.key.length);
  if (best) return { key: best.key, value: best.value };
  const messageId = steps.flatMap(({ from }) => from).find(({ link }) => link.messageId)?.link.messageId;
  return messageId === undefined ? undefined : { key: MESSAGE_ID, value: messageId };
}

function pointsAtHead(span: JourneySpan): number {
  return span.kind === SPAN_KIND.producer ? 2 : span.kind === SPAN_KIND.server ? 1 : 0;
}
