import type { LinkDirection, LinkSort } from '@span-links/explorer-api';
import styles from './link-row.module.css';
import { nextSort, sortOf, type LinkView } from './link-view.ts';

interface Column {
  readonly name: string;
  readonly sort?: LinkSort;
  readonly className?: string | undefined;
}

const COLUMNS: readonly Column[] = [
  { name: '#', sort: 'index', className: styles.toRight },
  { name: 'Service', sort: 'service' },
  { name: 'Span', sort: 'name' },
  { name: 'Link' },
  { name: 'Gap', sort: 'gap', className: styles.toRight },
  { name: 'Start', sort: 'start', className: styles.startHead },
  { name: 'Duration', sort: 'duration', className: styles.toRight },
  { name: 'Status', sort: 'status' },
  { name: 'Trace, span', className: `${styles.ids} ${styles.toRight}` },
];

export const SORT_NAMES: readonly { readonly sort: LinkSort; readonly name: string }[] = COLUMNS.flatMap(
  ({ sort, name }) => (sort === undefined || sort === 'index' ? [] : [{ sort, name }]),
);

interface LinkColumnsProps {
  readonly linkSort: LinkView['linkSort'];
  readonly direction: LinkDirection;
  readonly onSort: (linkSort: LinkView['linkSort']) => void;
}

/** The column heads. A click sorts all links, not only the loaded ones. */
export function LinkColumns({ linkSort, direction, onSort }: LinkColumnsProps) {
  const { sort, isDescending } = sortOf(linkSort);
  return (
    <div role="row" aria-rowindex={1} className={styles.head}>
      {COLUMNS.map((column) => {
        const isSorted = linkSort !== undefined && column.sort === sort;
        const order = isDescending ? 'descending' : 'ascending';
        return (
          <div
            key={column.name}
            role="columnheader"
            className={column.className}
            {...(isSorted && { 'aria-sort': order })}
          >
            {column.sort === undefined || (column.sort === 'index' && direction === 'in') ? (
              <span className={column.sort === undefined ? styles.plain : 'visually-hidden'}>
                {column.name}
              </span>
            ) : (
              <button type="button" onClick={() => onSort(columnSort(linkSort, column.sort))}>
                {column.name}
                {isSorted && <span aria-hidden="true">{isDescending ? '↓' : '↑'}</span>}
              </button>
            )}
          </div>
        );
      })}
    </div>
  );
}

// The list starts in the links' own order, so that column has only one other order.
function columnSort(current: LinkView['linkSort'], column: LinkSort | undefined): LinkView['linkSort'] {
  if (column === undefined) return current;
  if (column === 'index') return current === undefined ? '-index' : undefined;
  return nextSort(current, column);
}
