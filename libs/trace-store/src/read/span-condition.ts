import type { FieldTerm, Term } from '@span-links/explorer-api';
import { attributeMatch, isNegated, negatedIf, type AttributeTerm } from './attribute-condition.ts';
import { fieldCondition, fieldMatch, fieldOf, isFieldNegated } from './field-condition.ts';
import { logMatch, someLog } from './log-condition.ts';
import type { SqlParameters } from './sql-parameters.ts';

/** Makes a condition for one statement. Each statement numbers its own parameters. */
export type SpanCondition = (parameters: SqlParameters) => string;

/**
 * The answer of the dictionaries to a term: the resources, scopes or operations that fulfil it, or
 * would without `!`.
 */
export interface KnownOwners {
  readonly resources: readonly number[];
  readonly scopes: readonly number[];
  readonly operations: readonly number[];
  /**
   * Row ids of the spans that have a log record that fulfils the term. `undefined` if no index can
   * tell, or if there are many.
   */
  readonly logged?: readonly string[] | undefined;
}

// A scalar subquery with a LIMIT. The planner turned EXISTS into a join and read all links for a
// page of ten spans.
const backlinkCount =
  '(SELECT count(*) FROM links b WHERE b.target_trace_id = s.trace_id AND b.target_span_id = s.span_id)';
const hasBacklinks = `(SELECT true FROM links b
  WHERE b.target_trace_id = s.trace_id AND b.target_span_id = s.span_id LIMIT 1) IS TRUE`;

const hasLogs = `(SELECT true FROM logs l WHERE l.trace_id = s.trace_id AND l.span_id = s.span_id LIMIT 1) IS TRUE`;

/** The condition that the term holds for a row `s` of `spans`. */
export function spanCondition(
  term: Exclude<Term, { field: `journey.${string}` }>,
  owners: KnownOwners,
  parameters: SqlParameters,
): string {
  if (term.field === 'has') return featureCondition(term.what, term.negated);
  if (term.field === 'text') return textCondition(term, owners, parameters);
  return 'key' in term
    ? attributeTermCondition(term, owners, parameters)
    : fieldTermCondition(term, owners, parameters);
}

function fieldTermCondition(term: Term & FieldTerm, owners: KnownOwners, parameters: SqlParameters): string {
  const { of, column } = fieldOf(term);
  const match = (expression: string) => fieldMatch(term, expression, parameters);
  switch (of) {
    case 'log':
      return negatedIf(isFieldNegated(term), ofLogs(term, owners, parameters));
    case 'backlinks':
      return match(backlinkCount);
    case 'link':
      return someLink(isFieldNegated(term), match(`l.${column}`));
    case 'event':
      return negatedIf(isFieldNegated(term), someEvent(match(`e.value ->> '${column}'`)));
    case 'scope':
      return negatedIf(
        isFieldNegated(term),
        ofOwners({ ...owners, resources: [], operations: [] }, parameters),
      );
    case 'resource':
      return negatedIf(isFieldNegated(term), ofOwners({ ...owners, scopes: [], operations: [] }, parameters));
    case 'span':
    case 'operation':
    case 'journey':
      return fieldCondition(term, `s.${column}`, parameters);
  }
}

function attributeTermCondition(term: AttributeTerm, owners: KnownOwners, parameters: SqlParameters): string {
  const inSpan = () => attributeMatch('s.attributes', term, parameters);
  const inEvents = () => eventAttributeMatch(term, parameters);
  switch (term.field) {
    case 'attr':
      return negatedIf(isNegated(term), inSpan());
    case 'event':
      return negatedIf(isNegated(term), inEvents());
    case 'resource':
    case 'scope':
      return negatedIf(isNegated(term), ofOwners(owners, parameters));
    case 'log':
      return negatedIf(isNegated(term), ofLogs(term, owners, parameters));
    case 'link':
      return someLink(isNegated(term), attributeMatch('l.attributes', term, parameters));
    case 'attribute': {
      const places = [inSpan(), ofOwners(owners, parameters), inEvents(), ofLogs(term, owners, parameters)];
      return negatedIf(isNegated(term), places.map((place) => `(${place}) IS TRUE`).join(' OR '));
    }
  }
}

/** `@>` finds a document in any of the events at once. */
function eventAttributeMatch(term: AttributeTerm, parameters: SqlParameters): string {
  return `s.events IS NOT NULL AND ${someEvent(attributeMatch("(e.value -> 'a')", term, parameters))}`;
}

function someEvent(condition: string): string {
  return `EXISTS (SELECT FROM jsonb_array_elements(s.events) e WHERE ${condition})`;
}

/** A log record of the span fulfils the term. */
function ofLogs(term: Term, { logged }: KnownOwners, parameters: SqlParameters): string {
  if (logged === undefined) return someLog(logMatch(term, parameters));
  return logged.length > 0 ? `s.id = ANY (${parameters.bigints(logged)})` : 'false';
}

function ofOwners({ resources, scopes, operations }: KnownOwners, parameters: SqlParameters): string {
  const places: string[] = [];
  if (operations.length > 0) places.push(`s.operation = ANY (${parameters.integers(operations)})`);
  if (resources.length > 0) places.push(`s.resource = ANY (${parameters.integers(resources)})`);
  if (scopes.length > 0) places.push(`s.scope = ANY (${parameters.integers(scopes)})`);
  return places.join(' OR ') || 'false';
}

/**
 * A text in a name, the message or a value. The text of a document, which also contains the keys,
 * is checked first because it is faster.
 */
function textCondition(
  term: Extract<Term, { field: 'text' }>,
  owners: KnownOwners,
  parameters: SqlParameters,
): string {
  const { value, negated } = term;
  const word = `lower(${parameters.text(value)})`;
  const escaped = `lower(${parameters.text(JSON.stringify(value).slice(1, -1))})`;
  const has = (text: string) => `strpos(lower(${text}), ${word}) > 0`;
  const someValue = (document: string) =>
    `EXISTS (SELECT FROM jsonb_each_text(${document}) v WHERE ${has('v.value')})`;
  const places = [
    ofOwners(owners, parameters),
    has('s.status_message'),
    `strpos(lower(s.attributes::text), ${escaped}) > 0 AND ${someValue('s.attributes')}`,
    `strpos(lower(s.events::text), ${escaped}) > 0 AND ${someEvent(`${has("e.value ->> 'n'")} OR ${someValue("e.value -> 'a'")}`)}`,
    someLog(logMatch(term, parameters)),
  ];
  return negatedIf(negated, places.map((place) => `(${place}) IS TRUE`).join(' OR '));
}

function featureCondition(what: Extract<Term, { field: 'has' }>['what'], negated: boolean): string {
  const not = negated ? 'NOT ' : '';
  switch (what) {
    case 'links':
      return `${not}s.link_count > 0`;
    case 'backlinks':
      return `${not}(${hasBacklinks})`;
    case 'errors':
      return `${not}s.status = 2`;
    case 'events':
      return `${not}(s.events IS NOT NULL)`;
    case 'logs':
      return `${not}(${hasLogs})`;
    case 'dropped':
      return `${not}s.dropped_links > 0`;
  }
}

/** `!=` and `!~` of a link mean that no link of the span fulfils the opposite. */
function someLink(negated: boolean, condition: string): string {
  const found = `(SELECT true FROM links l WHERE l.src = s.id AND (${condition}) LIMIT 1)`;
  return negated ? `${found} IS NOT TRUE` : `(s.link_count > 0 AND ${found} IS TRUE)`;
}
