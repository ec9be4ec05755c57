import {
  LINK_ATTRIBUTE_OWNERS,
  SPAN_STATUSES,
  type AttributeTerm,
  type LinkAttribute,
  type LinkAttributeOwner,
  type LinkDirection,
  type LinkSort,
  type SpanStatus,
} from '@span-links/explorer-api';
import { attributeMatch, isNegated, negatedIf } from './attribute-condition.ts';
import type { SqlParameters } from './sql-parameters.ts';

/** The links to show. Several values of one field are alternatives. */
export interface LinkFilter {
  /**
   * A text in the service, the name or an id of the other end, or in the link's attributes. Case
   * does not matter.
   */
  readonly text?: string | undefined;
  readonly services?: readonly string[] | undefined;
  readonly statuses?: readonly SpanStatus[] | undefined;
  /** `spanlinks.relation`; '' for links without a relation. */
  readonly relations?: readonly string[] | undefined;
  readonly resolved?: boolean | undefined;
  /** The least gap, and the end of the gaps, which is not included; in ns, as decimal text. */
  readonly gapFrom?: string | undefined;
  readonly gapTo?: string | undefined;
  /** All of them must hold. */
  readonly terms?: readonly AttributeTerm[] | undefined;
  /** Only links of which this attribute has this text; `null` for links without it. */
  readonly group?: { readonly by: LinkAttribute; readonly value: string | null } | undefined;
}

/** The span whose links are asked for. */
export interface OwnSpan {
  readonly id: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly startNs: string;
  readonly endNs: string;
}

/** Names and services may have any length. Sorting and cursors use this many characters. */
export const SORT_TEXT_LENGTH = 200;

/** Values may have any length. Groups use this many characters. */
export const VALUE_LENGTH = 200;

/**
 * All links `l` of one direction with their other end `x`, its operation `o` and its resource `r`.
 * The planner leaves out resources that no condition reads.
 */
export function allLinks(
  own: OwnSpan,
  direction: LinkDirection,
  filter: LinkFilter,
  parameters: SqlParameters,
): string {
  const where = [
    ownLinks(own, direction, parameters),
    ...filterConditions(filter, parameters),
    ...gapConditions(filter, own, direction, parameters),
  ];
  const other =
    direction === 'out'
      ? 'LEFT JOIN spans x ON x.trace_id = l.target_trace_id AND x.span_id = l.target_span_id'
      : 'JOIN spans x ON x.id = l.src';
  return `links l ${other} LEFT JOIN operations o ON o.id = x.operation
    LEFT JOIN resources r ON r.id = x.resource WHERE ${where.join(' AND ')}`;
}

export function ownLinks(own: OwnSpan, direction: LinkDirection, parameters: SqlParameters): string {
  if (direction === 'out') return `l.src = ${parameters.bigint(own.id)}`;
  return `l.target_trace_id = ${parameters.traceId(own.traceId)} AND l.target_span_id = ${parameters.spanId(own.spanId)}`;
}

/** From the end of the link's target to the start of the linking span. */
export function gapExpression(own: OwnSpan, direction: LinkDirection, parameters: SqlParameters): string {
  return direction === 'out'
    ? `(${parameters.numeric(own.startNs)} - x.start_ns - x.duration_ns)`
    : `(x.start_ns - ${parameters.numeric(own.endNs)})`;
}

export function sortExpression(
  sort: Exclude<LinkSort, 'index'>,
  own: OwnSpan,
  direction: LinkDirection,
  parameters: SqlParameters,
): string {
  switch (sort) {
    case 'start':
      return 'x.start_ns';
    case 'duration':
      return 'x.duration_ns';
    case 'gap':
      return gapExpression(own, direction, parameters);
    case 'status':
      return 'x.status';
    case 'name':
    case 'service':
      return `(left(o.${sort}, ${SORT_TEXT_LENGTH}) COLLATE "C")`;
  }
}

function filterConditions(filter: LinkFilter, parameters: SqlParameters): string[] {
  const conditions: string[] = [];
  if (filter.text) {
    const word = `lower(${parameters.text(filter.text)})`;
    const places = [
      'o.service',
      'o.name',
      "replace(l.target_trace_id::text, '-', '')",
      "encode(l.target_span_id, 'hex')",
      "replace(x.trace_id::text, '-', '')",
      "encode(x.span_id, 'hex')",
      'l.attributes::text',
    ];
    conditions.push(`(${places.map((place) => `strpos(lower(${place}), ${word}) > 0`).join(' OR ')})`);
  }
  if (filter.services) conditions.push(`o.service = ANY (${parameters.texts(filter.services)})`);
  if (filter.statuses) {
    const statuses = filter.statuses.map((status) => SPAN_STATUSES.indexOf(status));
    conditions.push(`x.status = ANY (${parameters.smallints(statuses)})`);
  }
  if (filter.relations) {
    conditions.push(
      `coalesce(l.attributes ->> 'spanlinks.relation', '') = ANY (${parameters.texts(filter.relations)})`,
    );
  }
  if (filter.resolved !== undefined) conditions.push(filter.resolved ? 'x.id IS NOT NULL' : 'x.id IS NULL');
  if (filter.terms) conditions.push(...filter.terms.map((term) => termCondition(term, parameters)));
  if (filter.group) conditions.push(groupCondition(filter.group, parameters));
  return conditions;
}

const ATTRIBUTES: Readonly<Record<LinkAttributeOwner, string>> = {
  link: 'l.attributes',
  attr: 'x.attributes',
  resource: 'r.attributes',
};

/** Without a prefix, a term is about either end. */
function termCondition(term: AttributeTerm, parameters: SqlParameters): string {
  const owners = LINK_ATTRIBUTE_OWNERS.filter((owner) => term.field === 'attribute' || term.field === owner);
  const places = owners.map((owner) => `(${attributeMatch(ATTRIBUTES[owner], term, parameters)}) IS TRUE`);
  return negatedIf(isNegated(term), places.join(' OR ') || 'false');
}

/** The beginning of an attribute's text; null if a link lacks it. */
export function attributeText({ owner, key }: LinkAttribute, parameters: SqlParameters): string {
  return `left(${ATTRIBUTES[owner]} ->> ${parameters.text(key)}, ${VALUE_LENGTH})`;
}

function groupCondition({ by, value }: NonNullable<LinkFilter['group']>, parameters: SqlParameters): string {
  const text = attributeText(by, parameters);
  return value === null ? `${text} IS NULL` : `${text} = ${parameters.text(value)}`;
}

function gapConditions(
  { gapFrom, gapTo }: LinkFilter,
  own: OwnSpan,
  direction: LinkDirection,
  parameters: SqlParameters,
): string[] {
  const gap = () => gapExpression(own, direction, parameters);
  return [
    ...(gapFrom === undefined ? [] : [`${gap()} >= ${parameters.numeric(gapFrom)}`]),
    ...(gapTo === undefined ? [] : [`${gap()} < ${parameters.numeric(gapTo)}`]),
  ];
}
