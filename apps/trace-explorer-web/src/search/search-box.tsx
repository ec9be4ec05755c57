import { parseQuery } from '@span-links/explorer-api';
import { useId } from 'react';
import { ChoiceList } from './choice-list.tsx';
import { PopoverButton } from './popover-button.tsx';
import { QueryProblemLine } from './query-problem.tsx';
import styles from './search-box.module.css';
import { SearchHelp } from './search-help.tsx';
import { SearchInput } from './search-input.tsx';
import { useSearchBox } from './use-search-box.ts';

/**
 * A box for the query language. It completes the word under the cursor, and marks the error of a
 * query after the search.
 *
 * @param value the query that is shown now. The box keeps the typed text until it is searched for.
 */
export function SearchBox({
  value,
  onSearch,
  label = 'Search traces',
  example = 'has:links duration>100ms',
}: {
  readonly value: string;
  readonly onSearch: (query: string) => void;
  readonly label?: string;
  /** Shown while the box is empty. */
  readonly example?: string;
}) {
  const box = useSearchBox(value, onSearch);
  const { text, isTried, completion, choose, search } = box;
  const problemId = useId();
  const parsed = parseQuery(text);
  const error = isTried && !parsed.ok ? parsed.error : undefined;
  return (
    <search className={styles.search} aria-label={label}>
      <form
        className={styles.box}
        data-wrong={error !== undefined}
        onSubmit={(event) => {
          event.preventDefault();
          search(text);
        }}
      >
        <SearchMark />
        <SearchInput box={box} label={label} example={example} problemId={error && problemId} />
        {text !== '' && <ClearButton onClear={() => search('')} />}
        <button type="submit" className={styles.submit} data-waiting={text.trim() !== value}>
          Search
        </button>
        <ChoiceList completion={completion} onChoice={choose} />
      </form>
      <PopoverButton label="?" name="Help with searching" align="end" variant="square">
        <SearchHelp />
      </PopoverButton>
      {error && (
        <div className={styles.problem}>
          <QueryProblemLine id={problemId} text={text} error={error} />
        </div>
      )}
      <p className="visually-hidden" role="status">
        {completion.isOpen && `${completion.choices.length} completions`}
      </p>
    </search>
  );
}

function ClearButton({ onClear }: { readonly onClear: () => void }) {
  return (
    <button type="button" className={styles.icon} aria-label="Clear the search" onClick={onClear}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d="M3 3l10 10M13 3L3 13" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
      </svg>
    </button>
  );
}

function SearchMark() {
  return (
    <svg className={styles.mark} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <circle cx="7" cy="7" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M10.5 10.5L14 14" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
    </svg>
  );
}
