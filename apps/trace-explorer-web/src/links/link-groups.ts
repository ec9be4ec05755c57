import {
  linkAttributeOf,
  SPAN_STATUSES,
  type LinkDirection,
  type LinkGroups as GroupsByAttribute,
  type LinkRollUp,
} from '@span-links/explorer-api';
import type { LinkSearch } from '../api/queries.ts';
import type { AttributeGrouping, LinkGrouping } from './link-view.ts';
import { KNOWN_RELATIONS, relationWords } from './relation.ts';

/** Similar links, which are queried separately. Grouping only the loaded rows would be wrong. */
export interface LinkGroup {
  readonly key: string;
  readonly title: string;
  readonly service?: string;
  readonly count: number;
  /** Links whose other end failed, if they are counted. */
  readonly errors?: number;
  readonly search: LinkSearch;
}

export interface LinkGroups {
  readonly groups: readonly LinkGroup[];
  /** Links in no group: of services that the roll-up does not name, or with an unknown relation. */
  readonly ungrouped: number;
}

const STATUS_TITLES = { unset: 'No status', ok: 'OK', error: 'Error' } as const;

/**
 * The groups of the links that pass a filter, from their roll-up. Groups that are known to be empty
 * are left out.
 */
export function linkGroups(
  grouping: Exclude<LinkGrouping, AttributeGrouping>,
  rollUp: LinkRollUp,
  direction: LinkDirection,
  relationCounts: readonly number[],
): LinkGroups {
  switch (grouping) {
    case 'service':
      return byService(rollUp);
    case 'status':
      return { groups: [...byStatus(rollUp), ...notHere(rollUp)], ungrouped: 0 };
    case 'relation':
      return byRelation(rollUp, direction, relationCounts);
  }
}

/** The groups by the value of an attribute. */
export function attributeGroups({ by, groups }: GroupsByAttribute): LinkGroup[] {
  const key = linkAttributeOf(by)?.key ?? by;
  return groups.map(({ value, count, errors }) => ({
    key: value === null ? 'without' : `value ${value}`,
    title: value === null ? `without ${key}` : value === '' ? `${key} is empty` : value,
    count,
    errors,
    search: value === null ? { without: by } : { by, value },
  }));
}

function byService(rollUp: LinkRollUp): LinkGroups {
  const named = rollUp.services.reduce((sum, { count }) => sum + count, 0);
  const groups = rollUp.services.map(({ service, count }) => ({
    key: `service ${service}`,
    title: service === '' ? 'No service name' : service,
    service,
    count,
    search: { service },
  }));
  return { groups: [...groups, ...notHere(rollUp)], ungrouped: Math.max(0, rollUp.resolved - named) };
}

// The worst first, which is the purpose of grouping by status.
function byStatus({ byStatus: counts }: LinkRollUp): LinkGroup[] {
  return [...SPAN_STATUSES]
    .reverse()
    .filter((status) => counts[status] > 0)
    .map((status) => ({
      key: `status ${status}`,
      title: STATUS_TITLES[status],
      count: counts[status],
      search: { status },
    }));
}

// The roll-up does not count relations, so the known ones are queried one by one.
function byRelation({ total }: LinkRollUp, direction: LinkDirection, counts: readonly number[]): LinkGroups {
  const groups = KNOWN_RELATIONS.map((relation, index) => ({
    key: `relation ${relation}`,
    title: relationWords(relation, direction),
    count: counts[index] ?? 0,
    search: { relation },
  }));
  const named = groups.reduce((sum, { count }) => sum + count, 0);
  return { groups: groups.filter(({ count }) => count > 0), ungrouped: Math.max(0, total - named) };
}

function notHere({ total, resolved }: LinkRollUp): LinkGroup[] {
  if (total <= resolved) return [];
  return [{ key: 'unresolved', title: 'Not here', count: total - resolved, search: { resolved: false } }];
}
