import { Link } from '@tanstack/react-router';
import { useState, useSyncExternalStore, type KeyboardEvent } from 'react';
import { rangeLabel } from '../trace-list/time-range.ts';
import { PopoverButton } from './popover-button.tsx';
import styles from './saved-menu.module.css';
import {
  NAME_MAX,
  nameOf,
  onSavedSearches,
  remove,
  rename,
  save,
  SAVED_MAX,
  savedSearches,
  type SavedSearch,
  type SaveOutcome,
} from './saved-searches.ts';

type Unnamed = SavedSearch extends infer Saved
  ? Saved extends SavedSearch
    ? Omit<Saved, 'name'>
    : never
  : never;

const OUTCOMES: Readonly<Record<SaveOutcome, string>> = {
  saved: '',
  full: `${SAVED_MAX} searches are saved already. Delete one first.`,
  refused: 'This browser did not store it: its storage is full or turned off.',
};

/** The searches that this browser keeps, and a form that saves the current one. */
export function SavedMenu({ current }: { readonly current: Unnamed }) {
  const all = useSyncExternalStore(onSavedSearches, savedSearches);
  return (
    <PopoverButton label="Saved" name="Saved searches" align="end">
      {(close) => <SavedPanel all={all} current={current} onOpen={close} />}
    </PopoverButton>
  );
}

interface PanelProps {
  readonly all: readonly SavedSearch[];
  readonly current: Unnamed;
  readonly onOpen: () => void;
}

function SavedPanel({ all, current, onOpen }: PanelProps) {
  const [notice, setNotice] = useState('');
  const [deleted, setDeleted] = useState<SavedSearch>();
  const [renamed, setRenamed] = useState<string>();
  const tell = (outcome: SaveOutcome, success: string) => setNotice(OUTCOMES[outcome] || success);
  return (
    <div className={styles.panel}>
      <NameForm
        label="Name of this search"
        initial={current.search.q ?? ''}
        submit="Save"
        onName={(name) => {
          setDeleted(undefined);
          const known = all.some((other) => other.name === name);
          tell(save({ ...current, name }), known ? `Replaced “${name}”.` : `Saved as “${name}”.`);
        }}
      />
      <p className={styles.notice} role="status">
        {notice}
        {deleted && (
          <button
            type="button"
            className={styles.undo}
            // The deleted row had the focus.
            autoFocus
            onClick={() => {
              tell(save(deleted), `“${deleted.name}” is back.`);
              setDeleted(undefined);
            }}
          >
            Undo
          </button>
        )}
      </p>
      {all.length === 0 && <p className={styles.none}>No search is saved in this browser yet.</p>}
      <ul className={styles.list} aria-label="Saved searches">
        {all.map((saved) => (
          <li key={saved.name} className={styles.row}>
            {renamed === saved.name ? (
              <NameForm
                label={`New name of ${saved.name}`}
                initial={saved.name}
                submit="Rename"
                isFocused
                onCancel={() => setRenamed(undefined)}
                onName={(name) => {
                  tell(rename(saved, name), `Renamed to “${name}”.`);
                  setRenamed(undefined);
                }}
              />
            ) : (
              <SavedRow
                saved={saved}
                onOpen={onOpen}
                onRename={() => setRenamed(saved.name)}
                onDelete={() => {
                  const outcome = remove(saved.name);
                  tell(outcome, `Deleted “${saved.name}”.`);
                  setDeleted(outcome === 'saved' ? saved : undefined);
                }}
              />
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface RowProps {
  readonly saved: SavedSearch;
  readonly onOpen: () => void;
  readonly onRename: () => void;
  readonly onDelete: () => void;
}

function SavedRow({ saved, onOpen, onRename, onDelete }: RowProps) {
  const { name, page, search } = saved;
  const facts = [page === 'journeys' ? 'Journeys' : 'Traces', search.q ?? 'all', rangeLabel(search)];
  return (
    <>
      <Link
        to={page === 'journeys' ? '/' : '/traces'}
        search={search}
        className={styles.open}
        title={facts.join(' · ')}
        onClick={onOpen}
      >
        <span className={styles.name}>{name}</span>
        <span className={styles.facts}>{facts.join(' · ')}</span>
      </Link>
      <button
        type="button"
        className={styles.tool}
        aria-label={`Rename ${name}`}
        title="Rename"
        onClick={onRename}
      >
        ✎
      </button>
      <button
        type="button"
        className={styles.tool}
        aria-label={`Delete ${name}`}
        title="Delete"
        onClick={onDelete}
      >
        ✕
      </button>
    </>
  );
}

interface NameFormProps {
  readonly label: string;
  readonly initial: string;
  readonly submit: string;
  readonly isFocused?: boolean;
  readonly onName: (name: string) => void;
  readonly onCancel?: () => void;
}

function NameForm({ label, initial, submit, isFocused = false, onName, onCancel }: NameFormProps) {
  const [typed, setTyped] = useState(initial);
  const name = nameOf(typed);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !onCancel) return;
    // Only this form closes, and not the panel around it.
    event.stopPropagation();
    onCancel();
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (name !== '') onName(name);
      }}
    >
      <input
        type="text"
        className={styles.field}
        aria-label={label}
        placeholder={label}
        autoFocus={isFocused}
        maxLength={NAME_MAX}
        value={typed}
        autoComplete="off"
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={onKeyDown}
      />
      <button type="submit" className={styles.submit} disabled={name === ''}>
        {submit}
      </button>
    </form>
  );
}
