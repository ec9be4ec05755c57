import styles from './search-box.module.css';
import { choiceId } from './use-completion.ts';
import type { useSearchBox } from './use-search-box.ts';

/** The text of a search box, as a combobox over its completions. */
export function SearchInput({
  box: { input, text, completion, change, moveTo, onKeyDown },
  label,
  example,
  problemId,
}: {
  readonly box: ReturnType<typeof useSearchBox>;
  readonly label: string;
  readonly example: string;
  /** The id of the error message, if there is one. */
  readonly problemId: string | undefined;
}) {
  const { isOpen, active, listId, open, close } = completion;
  return (
    <input
      ref={input}
      className={styles.input}
      role="combobox"
      aria-label={label}
      aria-autocomplete="list"
      aria-expanded={isOpen}
      aria-controls={listId}
      aria-activedescendant={active < 0 ? undefined : choiceId(listId, active)}
      aria-invalid={problemId !== undefined}
      aria-describedby={problemId}
      aria-keyshortcuts="/"
      placeholder={example}
      autoComplete="off"
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      enterKeyHint="search"
      value={text}
      onChange={(event) => change(event.target.value, event.target.selectionStart)}
      onSelect={(event) => moveTo(event.currentTarget.selectionStart)}
      onClick={open}
      onBlur={close}
      onKeyDown={onKeyDown}
    />
  );
}
