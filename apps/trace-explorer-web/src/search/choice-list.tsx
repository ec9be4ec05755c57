import { useEffect, useRef } from 'react';
import styles from './choice-list.module.css';
import type { Choice } from './query-choices.ts';
import { choiceId, type Completion } from './use-completion.ts';

/** The choices below a search box, by group. */
export function ChoiceList({
  completion: { listId, choices, active, isOpen },
  onChoice,
}: {
  readonly completion: Completion;
  readonly onChoice: (choice: Choice) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active >= 0) document.getElementById(choiceId(listId, active))?.scrollIntoView({ block: 'nearest' });
    else if (list.current) list.current.scrollTop = 0;
  }, [listId, active]);
  return (
    <div
      ref={list}
      id={listId}
      role="listbox"
      aria-label="Completions"
      className={styles.list}
      hidden={!isOpen}
      // Keeps the cursor in the box.
      onPointerDown={(event) => event.preventDefault()}
    >
      {groupsOf(choices).map(({ group, members }) => (
        <div key={group} role="group" aria-labelledby={`${listId}-${group}`}>
          <div id={`${listId}-${group}`} className={styles.group}>
            {group}
          </div>
          {members.map(({ choice, index }) => (
            <div
              key={choice.text}
              id={choiceId(listId, index)}
              role="option"
              aria-selected={index === active}
              className={styles.choice}
              onClick={() => onChoice(choice)}
            >
              <code className={styles.text}>{choice.text}</code>
              {choice.hint && <span className={styles.hint}>{choice.hint}</span>}
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

/** Groups choices but keeps the numbers that the keys use. */
function groupsOf(choices: readonly Choice[]) {
  const groups: { group: string; members: { choice: Choice; index: number }[] }[] = [];
  for (const [index, choice] of choices.entries()) {
    if (groups.at(-1)?.group !== choice.group) groups.push({ group: choice.group, members: [] });
    groups.at(-1)?.members.push({ choice, index });
  }
  return groups;
}
