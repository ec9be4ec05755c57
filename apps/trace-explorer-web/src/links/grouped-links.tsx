import type { LinkDirection, LinkRollUp, SpanSummary } from '@span-links/explorer-api';
import { useQueries } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { linkCountQuery, type LinkSearch } from '../api/queries.ts';
import { serviceColour } from '../service/service-colour.ts';
import styles from './grouped-links.module.css';
import { linkGroups, type LinkGroup } from './link-groups.ts';
import { LinkList } from './link-list.tsx';
import type { LinkGrouping } from './link-view.ts';
import { KNOWN_RELATIONS } from './relation.ts';
import { useLinkView } from './use-link-view.ts';

interface GroupedLinksProps {
  readonly span: SpanSummary;
  readonly direction: LinkDirection;
  readonly search: LinkSearch;
  readonly rollUp: LinkRollUp;
  readonly grouping: LinkGrouping;
}

/** The links in groups that fold, each with its own list. */
export function GroupedLinks({ span, direction, search, rollUp, grouping }: GroupedLinksProps) {
  const [, change] = useLinkView();
  const relationCounts = useRelationCounts(span, direction, search, grouping === 'relation');
  if (grouping === 'relation' && relationCounts === undefined) return <div className={styles.waiting} />;
  const { groups, ungrouped } = linkGroups(grouping, rollUp, direction, relationCounts ?? []);
  return (
    <>
      {groups.map((group, index) => (
        <Group
          key={group.key}
          {...{ span, direction, group }}
          search={{ ...search, ...group.search }}
          // A reader reads few groups from top to bottom, but chooses from many.
          startsOpen={index === 0 || groups.length <= 3}
        />
      ))}
      {ungrouped > 0 && (
        <p className={styles.rest}>
          {NUMBER.format(ungrouped)} more are in no group: {REST[grouping]}.{' '}
          <button type="button" onClick={() => change({ linkGroup: undefined })}>
            Show ungrouped
          </button>
        </p>
      )}
    </>
  );
}

const REST: Readonly<Record<LinkGrouping, string>> = {
  service: 'their services have fewer links than these',
  status: 'they have no status',
  relation: 'they say no relation, or one of their own',
};

interface GroupProps {
  readonly span: SpanSummary;
  readonly direction: LinkDirection;
  readonly group: LinkGroup;
  readonly search: LinkSearch;
  readonly startsOpen: boolean;
}

function Group({ span, direction, group, search, startsOpen }: GroupProps) {
  const id = useId();
  const [isOpen, setOpen] = useState(startsOpen);
  return (
    <div className={styles.group}>
      <h4>
        <button type="button" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
          <span className={styles.chevron} aria-hidden="true" />
          {group.service !== undefined && (
            <span
              className={styles.dot}
              style={{ background: serviceColour(group.service) }}
              aria-hidden="true"
            />
          )}
          <span className={styles.title}>{group.title}</span>
          <span className={styles.count}>{NUMBER.format(group.count)}</span>
        </button>
      </h4>
      <div id={id}>
        {isOpen && <LinkList {...{ span, direction, search }} expected={group.count} label={group.title} />}
      </div>
    </div>
  );
}

function useRelationCounts(
  span: SpanSummary,
  direction: LinkDirection,
  search: LinkSearch,
  isAsked: boolean,
): readonly number[] | undefined {
  return useQueries({
    queries: KNOWN_RELATIONS.map((relation) => ({
      ...linkCountQuery(span.traceId, span.spanId, direction, { ...search, relation }),
      enabled: isAsked,
    })),
    combine: (results) =>
      results.every(({ isPending }) => !isPending) ? results.map(({ data }) => data ?? 0) : undefined,
  });
}

const NUMBER = new Intl.NumberFormat('en-US');
