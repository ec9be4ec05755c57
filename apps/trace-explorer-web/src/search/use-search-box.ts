import { parseQuery } from '@span-links/explorer-api';
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { withChoice, type Choice } from './query-choices.ts';
import { rememberSearch } from './recent-searches.ts';
import { useCompletion } from './use-completion.ts';

/** The typed text of a search box, and its keys. */
export function useSearchBox(value: string, onSearch: (query: string) => void) {
  const input = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState(() => draftOf(value));
  // The shown query has changed: a filter was clicked, or the reader went back.
  const current = draft.of === value ? draft : draftOf(value);
  if (current !== draft) setDraft(current);
  const { text, at, isTried } = current;
  const completion = useCompletion(text, at);
  const caret = useRef<number>(undefined);
  useLayoutEffect(() => {
    if (caret.current !== undefined) input.current?.setSelectionRange(caret.current, caret.current);
    caret.current = undefined;
  }, [text]);

  const change = (next: string, nextAt: number | null) => {
    setDraft({ ...current, text: next, at: nextAt ?? next.length });
    completion.open();
  };
  const search = (query: string) => {
    completion.close();
    const isRight = parseQuery(query).ok;
    setDraft({ of: value, text: query, at: query.length, isTried: !isRight });
    if (!isRight) return;
    rememberSearch(query);
    onSearch(query.trim());
  };
  const choose = (choice: Choice) => {
    if (choice.group === 'Recent searches') return search(choice.text);
    const next = withChoice(text, choice);
    caret.current = next.at;
    change(next.text, next.at);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (completion.onKey(event, choose)) event.preventDefault();
    else if (event.key === 'Escape') {
      // Browsers clear a search field on Escape. The typed text must stay until it is searched for
      // or cleared.
      event.preventDefault();
      input.current?.blur();
    }
  };
  useSlashKey(input);
  const moveTo = (place: number | null) => {
    if (place !== null && place !== at) setDraft({ ...current, at: place });
  };
  return { input, text, isTried, completion, choose, search, change, moveTo, onKeyDown };
}

function draftOf(value: string) {
  return { of: value, text: value, at: value.length, isTried: !parseQuery(value).ok };
}

function useSlashKey(input: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [input]);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, select, textarea, [contenteditable]') !== null;
}
