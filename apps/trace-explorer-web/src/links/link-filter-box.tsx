import { parseLinkQuery, type SpanSummary } from '@span-links/explorer-api';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useState } from 'react';
import { linkGroupsQuery } from '../api/queries.ts';
import { attributeAtEnd, completions } from './attribute-choices.ts';
import styles from './link-toolbar.module.css';
import { useLinkAttributes } from './use-link-attributes.ts';
import { useLinkView } from './use-link-view.ts';

/** Shorter than a pause between words, longer than one between letters. */
const TYPING_PAUSE_MS = 200;

/** Finds links by any text. */
export function LinkTextBox() {
  const box = useTypedFilter('linkText', () => true);
  return (
    <input
      {...inputOf(box)}
      aria-label="Filter links"
      placeholder="Filter by name, service, attribute or ID"
    />
  );
}

/** Finds links by attributes of either end. Names and values that occur complete the text. */
export function LinkAttributeBox({ span }: { span: SpanSummary }) {
  const listId = useId();
  const problemId = useId();
  const [isUsed, setUsed] = useState(false);
  const box = useTypedFilter('linkWhere', (text) => parseLinkQuery(text).ok);
  const { typed } = box;
  const known = useLinkAttributes(span, isUsed);
  const attribute = isUsed ? attributeAtEnd(typed, known) : undefined;
  const direction = span.linkCount > 0 ? 'out' : 'in';
  const { data: groups } = useQuery({
    ...linkGroupsQuery(span.traceId, span.spanId, direction, attribute ?? { owner: 'link', key: '' }, {}),
    enabled: attribute !== undefined,
  });
  const parsed = parseLinkQuery(typed);
  return (
    <div className={styles.where}>
      <input
        {...inputOf(box)}
        aria-label="Filter links by attributes"
        aria-invalid={!parsed.ok}
        aria-describedby={parsed.ok ? undefined : problemId}
        placeholder="Attribute: order.id=42"
        list={listId}
        onFocus={() => setUsed(true)}
      />
      <datalist id={listId}>
        {(isUsed ? completions(typed, known, groups) : []).map((text) => (
          <option key={text} value={text} />
        ))}
      </datalist>
      {!parsed.ok && (
        <p id={problemId} role="status" className={styles.problem}>
          {parsed.error.message}
        </p>
      )}
    </div>
  );
}

interface TypedFilter {
  readonly typed: string;
  readonly type: (text: string) => void;
}

/** A text that goes to the address after a pause, if it is accepted. */
function useTypedFilter(name: 'linkText' | 'linkWhere', accepts: (text: string) => boolean): TypedFilter {
  const [{ [name]: inAddress = '' }, change] = useLinkView();
  const [typed, setTyped] = useState(inAddress);
  const [seen, setSeen] = useState(inAddress);
  // Other controls may change the address: back, forward, "Show all".
  if (seen !== inAddress) {
    setSeen(inAddress);
    if (typed.trim() !== inAddress) setTyped(inAddress);
  }
  const wanted = typed.trim();
  const isAccepted = accepts(wanted);
  useEffect(() => {
    if (wanted === inAddress || !isAccepted) return undefined;
    const timer = setTimeout(() => change({ [name]: wanted === '' ? undefined : wanted }), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
    // Only typing starts it, because a changed address has already set the typed text.
  }, [name, wanted, isAccepted, inAddress, change]);
  return { typed, type: setTyped };
}

function inputOf({ typed, type }: TypedFilter) {
  return {
    type: 'search',
    className: styles.filter,
    value: typed,
    spellCheck: false,
    autoComplete: 'off',
    onChange: ({ target }: React.ChangeEvent<HTMLInputElement>) => type(target.value),
    onKeyDown: (event: React.KeyboardEvent) => {
      // The page around has keys of single letters, and closes things by Escape.
      if (event.key !== 'Escape' || typed !== '') event.stopPropagation();
      if (event.key === 'Escape') type('');
    },
  } as const;
}
