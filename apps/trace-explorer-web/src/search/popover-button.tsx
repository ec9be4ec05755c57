import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import styles from './popover-button.module.css';

interface PopoverButtonProps {
  readonly label: ReactNode;
  /** The name of the panel for screen readers, and of the button if the label is too short. */
  readonly name: string;
  readonly align?: 'start' | 'end';
  readonly variant?: 'plain' | 'square' | 'small';
  /** True if something is set in the panel. */
  readonly isActive?: boolean;
  readonly isDisabled?: boolean;
  /** With a function, the panel can close itself. */
  readonly children: ReactNode | ((close: () => void) => ReactNode);
}

/**
 * A button with a panel below it. The panel closes with Escape, with a click elsewhere, and when
 * the focus leaves it. On narrow screens it is as wide as the nearest positioned element.
 */
export function PopoverButton({
  label,
  name,
  align = 'start',
  variant = 'plain',
  isActive = false,
  isDisabled = false,
  children,
}: PopoverButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const buttonId = useId();
  const panelId = useId();
  const close = () => {
    setOpen(false);
    document.getElementById(buttonId)?.focus();
  };
  const isSquare = variant !== 'plain';
  useClickOutside(root, isOpen, () => setOpen(false));
  return (
    <div
      ref={root}
      className={styles.root}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && isOpen) close();
      }}
      onBlur={({ relatedTarget }) => {
        if (relatedTarget && !root.current?.contains(relatedTarget)) setOpen(false);
      }}
    >
      <button
        id={buttonId}
        type="button"
        className={styles.button}
        data-variant={variant}
        data-active={isActive}
        aria-expanded={isOpen}
        aria-controls={isOpen ? panelId : undefined}
        {...(isSquare && { 'aria-label': name, title: name })}
        disabled={isDisabled}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
        {!isSquare && <DownMark />}
      </button>
      {isOpen && (
        <Panel id={panelId} name={name} align={align}>
          {typeof children === 'function' ? children(close) : children}
        </Panel>
      )}
    </div>
  );
}

/** The tab index keeps the focus in the panel after a click on its text. */
function Panel(props: {
  readonly id: string;
  readonly name: string;
  readonly align: 'start' | 'end';
  readonly children: ReactNode;
}) {
  const { id, name, align, children } = props;
  return (
    <div id={id} role="dialog" aria-label={name} tabIndex={-1} className={styles.panel} data-align={align}>
      {children}
    </div>
  );
}

function DownMark() {
  return (
    <svg viewBox="0 0 16 16" width="10" height="10" aria-hidden="true">
      <path d="M3 5.5l5 5 5-5" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}

function useClickOutside(
  root: React.RefObject<HTMLElement | null>,
  isWatched: boolean,
  onOutside: () => void,
): void {
  const latest = useRef(onOutside);
  useEffect(() => {
    latest.current = onOutside;
  });
  useEffect(() => {
    if (!isWatched) return;
    const onPointerDown = ({ target }: PointerEvent) => {
      if (target instanceof Node && !root.current?.contains(target)) latest.current();
    };
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [root, isWatched]);
}
