import { useEffect, useState } from 'react';
import { SORT_NAMES } from './link-columns.tsx';
import styles from './link-toolbar.module.css';
import { LINK_GROUPINGS, sortOf, type LinkGrouping, type LinkView } from './link-view.ts';
import { useLinkView } from './use-link-view.ts';

/** Shorter than a pause between words, longer than one between letters. */
const TYPING_PAUSE_MS = 200;

/** Selects the shown links of both directions, and their order. */
export function LinkToolbar() {
  const [{ linkGroup, linkSort }, change] = useLinkView();
  const { sort, isDescending } = sortOf(linkSort);
  const otherWay = isDescending ? sort : (`-${sort}` as const);
  return (
    <div role="search" aria-label="Links" className={styles.bar}>
      <FilterBox />
      <label className={styles.choice}>
        <span>Group by</span>
        <select
          value={linkGroup ?? ''}
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
        </select>
      </label>
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

function FilterBox() {
  const [{ linkText = '' }, change] = useLinkView();
  const [typed, setTyped] = useState(linkText);
  const [seen, setSeen] = useState(linkText);
  // Other controls may change the address: back, forward, "Show all".
  if (seen !== linkText) {
    setSeen(linkText);
    if (typed.trim() !== linkText) setTyped(linkText);
  }
  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === linkText) return undefined;
    const timer = setTimeout(() => change({ linkText: wanted === '' ? undefined : wanted }), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
    // Only typing starts it, because a changed address has already set the typed text.
  }, [typed, linkText, change]);
  return (
    <input
      type="search"
      className={styles.filter}
      aria-label="Filter links"
      placeholder="Filter by name, service, attribute or ID"
      value={typed}
      spellCheck={false}
      autoComplete="off"
      onChange={({ target }) => setTyped(target.value)}
      onKeyDown={(event) => {
        // The page around has keys of single letters, and closes things by Escape.
        if (event.key !== 'Escape' || typed !== '') event.stopPropagation();
        if (event.key === 'Escape') setTyped('');
      }}
    />
  );
}
