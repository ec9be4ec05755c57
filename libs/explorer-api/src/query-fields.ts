import { QUERY_FEATURES } from './query.ts';
import { SPAN_KINDS, SPAN_STATUSES } from './span.ts';

const TEXT = ['=', '!=', '~', '!~'] as const;
const NUMBER = ['=', '!=', '>', '>=', '<', '<='] as const;
const SAME = ['=', '!='] as const;

/** A name that means something of its own in a query, where any other is the key of a span attribute. */
export interface QueryField {
  readonly name: string;
  readonly operators: readonly string[];
  /** The words that it takes, where they are few. */
  readonly words?: readonly string[];
  readonly description: string;
}

/** All of them, in the order in which help lists them. `resource.` and `link.` are prefixes of attribute keys. */
export const QUERY_FIELDS: readonly QueryField[] = [
  { name: 'service', operators: TEXT, description: 'service.name of the resource' },
  { name: 'name', operators: TEXT, description: 'name of the span' },
  { name: 'status', operators: SAME, words: SPAN_STATUSES, description: 'status of the span' },
  { name: 'kind', operators: SAME, words: SPAN_KINDS, description: 'kind of the span' },
  { name: 'duration', operators: NUMBER, description: 'with a unit: 250us, 100ms, 1.5s, 2m, 1h' },
  { name: 'has', operators: [':'], words: QUERY_FEATURES, description: 'what the span has' },
  { name: 'links', operators: NUMBER, description: 'links that the span bears' },
  { name: 'backlinks', operators: NUMBER, description: 'links that lead to the span' },
  { name: 'dropped', operators: NUMBER, description: 'links that the SDK dropped' },
  { name: 'trace', operators: SAME, description: 'trace ID, 32 hex digits' },
  { name: 'span', operators: SAME, description: 'span ID, 16 hex digits' },
  { name: 'link.traceId', operators: SAME, description: 'trace ID of a link’s target' },
  { name: 'link.spanId', operators: SAME, description: 'span ID of a link’s target' },
  { name: 'link.', operators: [...TEXT, '>', '>=', '<', '<='], description: 'attribute of a link' },
  { name: 'resource.', operators: [...TEXT, '>', '>=', '<', '<='], description: 'attribute of the resource' },
  {
    name: 'attr.',
    operators: [...TEXT, '>', '>=', '<', '<='],
    description: 'attribute of the span, where its key is one of these names',
  },
];

/** Operators of an attribute, whichever it is on. */
export const ATTRIBUTE_OPERATORS: readonly string[] = [...TEXT, '>', '>=', '<', '<='];

/** The field that a name stands for; `undefined` for the bare key of a span attribute. */
export function queryFieldNamed(name: string): QueryField | undefined {
  return QUERY_FIELDS.find((field) => field.name === name && !field.name.endsWith('.'));
}
