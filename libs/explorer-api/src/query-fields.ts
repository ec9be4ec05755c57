import { JOURNEY_STATES } from './journey.ts';
import { LOG_SEVERITIES } from './log.ts';
import { QUERY_FEATURES } from './query-features.ts';
import { SPAN_KINDS, SPAN_STATUSES } from './span.ts';

/** How a field is written, compared and stored. */
export type QueryFieldType =
  | 'text'
  | 'word'
  | 'number'
  | 'duration'
  | 'traceId'
  | 'spanId'
  /** A word that stands for a range of severity numbers. */
  | 'severity'
  | 'feature'
  /** Not a separate field but the prefix of attribute keys. */
  | 'attributes';

const TEXT = ['=', '!=', '~', '!~'] as const;
const NUMBER = ['=', '!=', '>', '>=', '<', '<='] as const;
const SAME = ['=', '!='] as const;

/** Operators of an attribute of any owner. */
export const ATTRIBUTE_OPERATORS: readonly string[] = [...TEXT, '>', '>=', '<', '<='];

const OPERATORS: Readonly<Record<QueryFieldType, readonly string[]>> = {
  text: TEXT,
  word: SAME,
  number: NUMBER,
  duration: NUMBER,
  traceId: SAME,
  spanId: SAME,
  severity: NUMBER,
  feature: [':'],
  attributes: ATTRIBUTE_OPERATORS,
};

/** A name with a special meaning in a query. Any other name is the key of an attribute. */
export interface QueryField {
  readonly name: string;
  readonly type: QueryFieldType;
  readonly description: string;
  /** The allowed words, if they are few. */
  readonly words?: readonly string[];
  /** The owner of the field: a span, or something that belongs to a span. */
  readonly of:
    'span' | 'operation' | 'resource' | 'scope' | 'event' | 'log' | 'link' | 'backlinks' | 'journey';
  /**
   * Its name in the store; '' if the store computes it. Words are stored by their place in `words`,
   * except those of journeys.
   */
  readonly column: string;
}

/**
 * All fields, in the order of the help. Parser, formatter, completion and the store's conditions
 * only read this table, so a new field is a new entry.
 */
const FIELDS = [
  {
    name: 'service',
    type: 'text',
    of: 'operation',
    column: 'service',
    description: 'service.name of the resource',
  },
  { name: 'name', type: 'text', of: 'operation', column: 'name', description: 'name of the span' },
  {
    name: 'status',
    type: 'word',
    words: SPAN_STATUSES,
    of: 'span',
    column: 'status',
    description: 'status of the span',
  },
  {
    name: 'status.message',
    type: 'text',
    of: 'span',
    column: 'status_message',
    description: 'message of the span’s status',
  },
  {
    name: 'kind',
    type: 'word',
    words: SPAN_KINDS,
    of: 'operation',
    column: 'kind',
    description: 'kind of the span',
  },
  {
    name: 'duration',
    type: 'duration',
    of: 'span',
    column: 'duration_ns',
    description: 'with a unit: 250us, 100ms, 1.5s, 2m, 1h',
  },
  {
    name: 'has',
    type: 'feature',
    words: QUERY_FEATURES,
    of: 'span',
    column: '',
    description: 'what the span has',
  },
  {
    name: 'links',
    type: 'number',
    of: 'span',
    column: 'link_count',
    description: 'links that the span bears',
  },
  {
    name: 'backlinks',
    type: 'number',
    of: 'backlinks',
    column: '',
    description: 'links that lead to the span',
  },
  {
    name: 'dropped',
    type: 'number',
    of: 'span',
    column: 'dropped_links',
    description: 'links that the SDK dropped',
  },
  { name: 'trace', type: 'traceId', of: 'span', column: 'trace_id', description: 'trace ID, 32 hex digits' },
  { name: 'span', type: 'spanId', of: 'span', column: 'span_id', description: 'span ID, 16 hex digits' },
  {
    name: 'tracestate',
    type: 'text',
    of: 'span',
    column: 'trace_state',
    description: 'W3C trace state of the span',
  },
  { name: 'event.name', type: 'text', of: 'event', column: 'n', description: 'name of an event of the span' },
  {
    name: 'log.body',
    type: 'text',
    of: 'log',
    column: 'body',
    description: 'body of a log record of the span',
  },
  {
    name: 'log.severity',
    type: 'severity',
    words: LOG_SEVERITIES,
    of: 'log',
    column: 'severity',
    description: 'severity of a log record of the span',
  },
  {
    name: 'log.event',
    type: 'text',
    of: 'log',
    column: 'event_name',
    description: 'event name of a log record of the span',
  },
  {
    name: 'scope.name',
    type: 'text',
    of: 'scope',
    column: 'name',
    description: 'name of the instrumentation scope',
  },
  { name: 'scope.version', type: 'text', of: 'scope', column: 'version', description: 'its version' },
  {
    name: 'link.traceId',
    type: 'traceId',
    of: 'link',
    column: 'target_trace_id',
    description: 'trace ID of a link’s target',
  },
  {
    name: 'link.spanId',
    type: 'spanId',
    of: 'link',
    column: 'target_span_id',
    description: 'span ID of a link’s target',
  },
  {
    name: 'journey.state',
    type: 'word',
    words: JOURNEY_STATES,
    of: 'journey',
    column: 'state',
    description: 'of the journey; in the list of journeys',
  },
  {
    name: 'journey.wait',
    type: 'duration',
    of: 'journey',
    column: 'wait_ns',
    description: 'how long the journey waited, as in 10s',
  },
  {
    name: 'journey.total',
    type: 'duration',
    of: 'journey',
    column: 'total_ns',
    description: 'how long the journey took, as in 1m',
  },
  { name: 'link.', type: 'attributes', of: 'link', column: 'attributes', description: 'attribute of a link' },
  {
    name: 'resource.',
    type: 'attributes',
    of: 'resource',
    column: 'attributes',
    description: 'attribute of the resource',
  },
  {
    name: 'scope.',
    type: 'attributes',
    of: 'scope',
    column: 'attributes',
    description: 'attribute of the scope',
  },
  { name: 'event.', type: 'attributes', of: 'event', column: 'a', description: 'attribute of an event' },
  {
    name: 'log.',
    type: 'attributes',
    of: 'log',
    column: 'attributes',
    description: 'attribute of a log record',
  },
  {
    name: 'attr.',
    type: 'attributes',
    of: 'span',
    column: 'attributes',
    description:
      'attribute of the span itself; without a prefix, also of its resource, scope, events or log records',
  },
] as const satisfies readonly QueryField[];

export const QUERY_FIELDS: readonly QueryField[] = FIELDS;

/** The names of the fields of a type. */
export type FieldOf<Type extends QueryFieldType> = Extract<(typeof FIELDS)[number], { type: Type }>['name'];

/** The operators that a field takes. */
export function operatorsOf({ type }: Pick<QueryField, 'type'>): readonly string[] {
  return OPERATORS[type];
}

/** The field that a name stands for; `undefined` for the key of an attribute. */
export function queryFieldNamed(name: string): QueryField | undefined {
  return QUERY_FIELDS.find((field) => field.name === name && field.type !== 'attributes');
}

/** The prefix of a key, and the rest of the key. */
export function attributePrefixOf(
  key: string,
): { readonly prefix: FieldOf<'attributes'>; readonly rest: string } | undefined {
  const field = QUERY_FIELDS.find(
    ({ name, type }) => type === 'attributes' && key.startsWith(name) && key.length > name.length,
  );
  return field && { prefix: field.name as FieldOf<'attributes'>, rest: key.slice(field.name.length) };
}
