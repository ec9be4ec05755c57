import { useQuery } from '@tanstack/react-query';
import { useId, useState, type KeyboardEvent } from 'react';
import { suggestionsQuery } from '../api/queries.ts';
import { choicesAt, type Choice } from './query-choices.ts';
import { recentSearches } from './recent-searches.ts';

/** The list under a search box: its choices, the current choice, and the keys that move in it. */
export interface Completion {
  readonly listId: string;
  readonly choices: readonly Choice[];
  readonly active: number;
  readonly isOpen: boolean;
  readonly open: () => void;
  readonly close: () => void;
  /** True if the list handled the key. */
  readonly onKey: (event: KeyboardEvent, onChoice: (choice: Choice) => void) => boolean;
}

const KEPT_BY_THE_BOX = new Set(['Enter', 'Tab']);

/**
 * A separate list box, because those of libraries complete the whole text of their input, and this
 * one completes the word under the cursor.
 *
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
 */
export function useCompletion(text: string, at: number): Completion {
  const listId = useId();
  const [isWanted, setWanted] = useState(false);
  const [recent, setRecent] = useState<readonly string[]>([]);
  // Kept with its text. When the text changes, no choice is current.
  const [chosen, setChosen] = useState({ index: -1, text, at });
  const { data } = useQuery({ ...suggestionsQuery(text, at), enabled: isWanted, retry: false });
  const choices = isWanted ? choicesAt(text, at, data, recent) : [];
  const isOpen = choices.length > 0;
  const isCurrent = chosen.text === text && chosen.at === at && chosen.index < choices.length;
  const active = isOpen && isCurrent ? chosen.index : -1;

  const open = () => {
    setRecent(recentSearches());
    setWanted(true);
  };
  const close = () => {
    setWanted(false);
    setChosen({ index: -1, text, at });
  };
  const onKey: Completion['onKey'] = (event, onChoice) => {
    if (event.nativeEvent.isComposing) return false;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && !isOpen) open();
    else if (step !== 0) {
      // One more place than choices: from the ends, the keys lead back to the text itself.
      const places = choices.length + 1;
      setChosen({ index: ((active + 1 + step + places) % places) - 1, text, at });
    } else if (event.key === 'Escape' && isOpen) close();
    else if (KEPT_BY_THE_BOX.has(event.key) && choices[active]) onChoice(choices[active]);
    else return false;
    return true;
  };
  return { listId, choices, active, isOpen, open, close, onKey };
}

export function choiceId(listId: string, index: number): string {
  return `${listId}-${index}`;
}
