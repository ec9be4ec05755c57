import {
  linkAttributeOf,
  type LinkDirection,
  type LinkRollUp,
  type SpanSummary,
} from '@span-links/explorer-api';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { linkCountQuery, linkGroupsQuery, type LinkSearch } from '../api/queries.ts';
import { serviceColour } from '../service/service-colour.ts';
import styles from './grouped-links.module.css';
import { attributeGroups, linkGroups, type LinkGroup } from './link-groups.ts';
import { LinkList } from './link-list.tsx';
import { isAttributeGrouping, type AttributeGrouping, type LinkGrouping } from './link-view.ts';
import { ListFailure } from './list-failure.tsx';
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
export function GroupedLinks({ grouping, ...props }: GroupedLinksProps) {
  return isAttributeGrouping(grouping) ? (
    <LinksByAttribute {...props} grouping={grouping} />
  ) : (
    <LinksByField {...props} grouping={grouping} />
  );
}

type FieldGrouping = Exclude<LinkGrouping, AttributeGrouping>;

function LinksByField({
  span,
  direction,
  search,
  rollUp,
  grouping,
}: GroupedLinksProps & { readonly grouping: FieldGrouping }) {
  const relationCounts = useRelationCounts(span, direction, search, grouping === 'relation');
  if (grouping === 'relation' && relationCounts === undefined) return <div className={styles.waiting} />;
  const { groups, ungrouped } = linkGroups(grouping, rollUp, direction, relationCounts ?? []);
  return (
    <>
      <Groups {...{ span, direction, search, groups }} />
      {ungrouped > 0 && (
        <Rest text={`${NUMBER.format(ungrouped)} more are in no group: ${REST[grouping]}.`} />
      )}
    </>
  );
}

function LinksByAttribute({
  span,
  direction,
  search,
  grouping,
}: GroupedLinksProps & { readonly grouping: AttributeGrouping }) {
  const attribute = linkAttributeOf(grouping)!;
  const query = useQuery(linkGroupsQuery(span.traceId, span.spanId, direction, attribute, search));
  if (query.isError) return <ListFailure query={query} />;
  if (!query.data) return <div className={styles.waiting} />;
  const { values, links } = query.data.rest;
  return (
    <>
      <Groups {...{ span, direction, search }} groups={attributeGroups(query.data)} />
      {links > 0 && (
        <Rest
          text={`${NUMBER.format(links)} more have ${NUMBER.format(values)} other values. Filter to see them.`}
        />
      )}
    </>
  );
}

interface GroupsProps {
  readonly span: SpanSummary;
  readonly direction: LinkDirection;
  readonly search: LinkSearch;
  readonly groups: readonly LinkGroup[];
}

function Groups({ span, direction, search, groups }: GroupsProps) {
  return groups.map((group, index) => (
    <Group
      key={group.key}
      {...{ span, direction, group }}
      search={{ ...search, ...group.search }}
      // A reader reads few groups from top to bottom, but chooses from many.
      startsOpen={index === 0 || groups.length <= 3}
    />
  ));
}

function Rest({ text }: { text: string }) {
  const [, change] = useLinkView();
  return (
    <p className={styles.rest}>
      {text}{' '}
      <button type="button" onClick={() => change({ linkGroup: undefined })}>
        Show ungrouped
      </button>
    </p>
  );
}

const REST: Readonly<Record<FieldGrouping, string>> = {
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
          {group.errors !== undefined && group.errors > 0 && (
            <span className={styles.errors}>
              {NUMBER.format(group.errors)} {group.errors === 1 ? 'error' : 'errors'}
            </span>
          )}
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
