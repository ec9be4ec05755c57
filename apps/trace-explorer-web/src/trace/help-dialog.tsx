import * as Dialog from '@radix-ui/react-dialog';
import { useRef } from 'react';
import { CloseMark } from './marks.tsx';
import styles from './help-dialog.module.css';

type KeyHelp = readonly (readonly [keys: readonly string[], what: string])[];

const SECTIONS: readonly (readonly [title: string, keys: KeyHelp])[] = [
  [
    'Spans',
    [
      [['j', '↓'], 'Next row'],
      [['k', '↑'], 'Previous row'],
      [['→'], 'Expand, or open the details'],
      [['←'], 'Collapse, or go to the parent'],
      [['Enter'], 'Open the details'],
      [['Space'], 'Expand or collapse'],
      [['Home', 'End'], 'First or last row'],
      [['l'], 'Links of the span'],
      [['e'], 'Next error'],
      [['Esc'], 'Close the details'],
    ],
  ],
  [
    'Levels and search',
    [
      [['[', ']'], 'Collapse or expand one level'],
      [['{', '}'], 'Collapse or expand all'],
      [['/'], 'Find in this trace'],
      [['n', 'N'], 'Next or previous match'],
    ],
  ],
  [
    'Time',
    [
      [['+', '-'], 'Zoom in or out'],
      [['0'], 'Show the whole trace'],
      [['z'], 'Zoom to the span'],
      [['Shift ←', 'Shift →'], 'Earlier or later'],
      [['Ctrl wheel'], 'Zoom where the pointer is'],
    ],
  ],
  [
    'Views',
    [
      [['g w'], 'Waterfall'],
      [['g g'], 'Link graph'],
      [['g t'], 'Stitched timeline'],
      [['?'], 'This help'],
    ],
  ],
];

interface HelpDialogProps {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly characters: boolean;
  readonly onCharacters: (on: boolean) => void;
}

/**
 * All keys of the trace view, and the switch that disables single-character keys, which speech
 * input types by accident.
 */
export function HelpDialog({ isOpen, onOpenChange, characters, onCharacters }: HelpDialogProps) {
  const before = useRef<Element | null>(null);
  return (
    <Dialog.Root open={isOpen} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        {/* Radix's own overlay writes a style element, which the content security policy forbids. */}
        <div className={styles.overlay} />
        <Dialog.Content
          className={styles.dialog}
          aria-describedby={undefined}
          onOpenAutoFocus={() => {
            before.current = document.activeElement;
          }}
          onCloseAutoFocus={(event) => {
            // It may have been opened by a key or by the button, so the focus returns to the
            // previous element.
            event.preventDefault();
            if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
          }}
        >
          <div className={styles.head}>
            <Dialog.Title>Keyboard</Dialog.Title>
            <Dialog.Close className={styles.close} aria-label="Close">
              <CloseMark />
            </Dialog.Close>
          </div>
          <KeySections />
          <label className={styles.switch}>
            <input
              type="checkbox"
              checked={characters}
              onChange={(event) => onCharacters(event.target.checked)}
            />
            Keys of a single character
            <span className={styles.hint}>Arrows, Enter and Esc work in any case.</span>
          </label>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function KeySections() {
  return (
    <div className={styles.sections}>
      {SECTIONS.map(([title, keys]) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl>
            {keys.map(([names, what]) => (
              <div key={what}>
                <dt>
                  {names.map((name) => (
                    <kbd key={name}>{name}</kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
