import { storableText } from '../write/storable-text.ts';
import { attributeEquals, equalDocuments } from './attribute-condition.ts';
import { someLog } from './log-condition.ts';
import type { SqlParameters } from './sql-parameters.ts';

/**
 * A tag as Jaeger and Zipkin know it: one name for all data of a span. It holds if the span, its
 * resource, its scope, one of its events, log records or links has an attribute of this name whose
 * text is the value. It also holds for the fields of OTLP that these formats show as tags
 * (`otel.scope.name`, `otel.status_description`, `w3c.tracestate`, the name of an event as
 * `event`).
 *
 * @see https://opentelemetry.io/docs/specs/otel/common/mapping-to-non-otlp/
 */
export interface TagFilter {
  readonly key: string;
  readonly value: string;
}

const RESOURCE_PREFIX = 'resource.';

/**
 * Columns that are tags in other formats, each with the condition that its text is the parameter.
 */
const FIELDS: Readonly<Record<string, (value: string) => string>> = {
  'otel.scope.name': scopeField('name'),
  'otel.scope.version': scopeField('version'),
  'otel.library.name': scopeField('name'),
  'otel.library.version': scopeField('version'),
  'scope.name': scopeField('name'),
  'scope.version': scopeField('version'),
  'otel.status_description': (value) => `s.status_message = ${value}`,
  'w3c.tracestate': (value) => `s.trace_state = ${value}`,
};

/** The condition that the tag holds for a row `s` of `spans`. */
export function tagCondition({ key, value }: TagFilter, parameters: SqlParameters): string {
  const places = [...anyAttribute(key, value, parameters)];
  if (key.startsWith(RESOURCE_PREFIX)) {
    places.push(ofResource(key.slice(RESOURCE_PREFIX.length), value, parameters));
  }
  const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
  if (field) places.push(field(parameters.text(value)));
  if (key === 'event') {
    places.push(contains('s.events', [`[{"n":${json(value)}}]`], parameters));
    places.push(someLog(`l.event_name = ${parameters.text(value)}`));
  }
  return `(${places.join(' OR ')}) IS TRUE`;
}

function anyAttribute(key: string, value: string, parameters: SqlParameters): string[] {
  const inEvents = equalDocuments(key, value).map((document) => `[{"a":${document}}]`);
  // Looked up link by link, as for other terms: with a free join, the planner reads all links.
  const inLinks = `(SELECT true FROM links l WHERE l.src = s.id AND ${attribute('l', key, value, parameters)} LIMIT 1) IS TRUE`;
  return [
    attribute('s', key, value, parameters),
    ofResource(key, value, parameters),
    `s.scope IN (SELECT c.id FROM scopes c WHERE ${attribute('c', key, value, parameters)})`,
    contains('s.events', inEvents, parameters),
    `(s.link_count > 0 AND ${inLinks})`,
    someLog(attribute('l', key, value, parameters)),
  ];
}

function ofResource(key: string, value: string, parameters: SqlParameters): string {
  return `s.resource IN (SELECT r.id FROM resources r WHERE ${attribute('r', key, value, parameters)})`;
}

function attribute(alias: string, key: string, value: string, parameters: SqlParameters): string {
  return `(${attributeEquals(`${alias}.attributes`, { key, values: [value] }, parameters)})`;
}

function contains(column: string, of: readonly string[], parameters: SqlParameters): string {
  return of.map((document) => `${column} @> ${parameters.jsonb(document)}`).join(' OR ');
}

function scopeField(column: 'name' | 'version'): (value: string) => string {
  return (value) => `s.scope IN (SELECT c.id FROM scopes c WHERE c.${column} = ${value})`;
}

function json(text: string): string {
  return JSON.stringify(storableText(text));
}
