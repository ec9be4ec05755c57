import { linkAttributeOf, type LinkAttributes, type SpanSummary } from '@span-links/explorer-api';
import { useState } from 'react';
import { SORT_NAMES } from './link-columns.tsx';
import { LinkAttributeBox, LinkTextBox } from './link-filter-box.tsx';
import styles from './link-toolbar.module.css';
import {
  isAttributeGrouping,
  LINK_GROUPINGS,
  sortOf,
  type LinkGrouping,
  type LinkView,
} from './link-view.ts';
import { useLinkAttributes } from './use-link-attributes.ts';
import { useLinkView } from './use-link-view.ts';

/** Selects the shown links of both directions, and their order. */
export function LinkToolbar({ span }: { span: SpanSummary }) {
  const [{ linkSort }, change] = useLinkView();
  const { sort, isDescending } = sortOf(linkSort);
  const otherWay = isDescending ? sort : (`-${sort}` as const);
  return (
    <div role="search" aria-label="Links" className={styles.bar}>
      <LinkTextBox />
      <LinkAttributeBox span={span} />
      <GroupChoice span={span} />
      {/* Cards have no column heads to click. */}
      <div className={`${styles.choice} ${styles.sort}`}>
        <label>
          <span>Sort by</span>
          <select
            value={sort}
            onChange={({ target }) => change({ linkSort: target.value as LinkView['linkSort'] })}
          >
            <option value="index">link order</option>
            {SORT_NAMES.map((column) => (
              <option key={column.sort} value={column.sort}>
                {column.name.toLowerCase()}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          aria-label={isDescending ? 'Sort ascending' : 'Sort descending'}
          onClick={() => change({ linkSort: otherWay === 'index' ? undefined : otherWay })}
        >
          {isDescending ? '↓' : '↑'}
        </button>
      </div>
    </div>
  );
}

/** Attributes are read when a reader comes near, because most readers do not group. */
function GroupChoice({ span }: { span: SpanSummary }) {
  const [{ linkGroup = '' }, change] = useLinkView();
  const [isNear, setNear] = useState(false);
  const known = useLinkAttributes(span, isNear);
  const names = new Set(known.filter(hasGroups).map(({ name }) => name));
  if (isAttributeGrouping(linkGroup)) names.add(linkGroup);
  return (
    <label className={styles.choice} onPointerEnter={() => setNear(true)} onFocus={() => setNear(true)}>
      <span>Group by</span>
      <select
        value={linkGroup}
        onChange={({ target }) =>
          change({ linkGroup: target.value === '' ? undefined : (target.value as LinkGrouping) })
        }
      >
        <option value="">nothing</option>
        {LINK_GROUPINGS.map((grouping) => (
          <option key={grouping} value={grouping}>
            {grouping}
          </option>
        ))}
        {OWNERS.map(({ owner, label }) => (
          <optgroup key={owner} label={label}>
            {[...names]
              .filter((name) => linkAttributeOf(name)?.owner === owner)
              .map((name) => (
                <option key={name} value={name}>
                  {linkAttributeOf(name)?.key}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

const OWNERS = [
  { owner: 'link', label: 'Attribute of the link' },
  { owner: 'attr', label: 'Attribute of the other span' },
  { owner: 'resource', label: 'Attribute of its resource' },
] as const;

/** One value for all links makes one group. */
function hasGroups({ values, links }: LinkAttributes['attributes'][number]): boolean {
  return values > 1 || links === 1;
}
