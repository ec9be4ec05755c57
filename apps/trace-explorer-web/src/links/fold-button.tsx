import styles from './fold-button.module.css';

interface FoldButtonProps {
  readonly isOpen: boolean;
  readonly more: string;
  readonly onChange: (isOpen: boolean) => void;
}

/** Shows or hides the rest of a list. */
export function FoldButton({ isOpen, more, onChange }: FoldButtonProps) {
  return (
    <button type="button" className={styles.fold} aria-expanded={isOpen} onClick={() => onChange(!isOpen)}>
      {isOpen ? 'Show fewer' : more}
    </button>
  );
}
