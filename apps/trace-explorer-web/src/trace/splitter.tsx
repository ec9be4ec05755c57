import styles from './splitter.module.css';

/** The two sides of a splitter: `size` px of the named part, which is before or after it. */
interface SplitterProps {
  readonly label: string;
  readonly direction: 'columns' | 'rows';
  readonly grows: 'before' | 'after';
  readonly size: number;
  readonly min: number;
  readonly max: number;
  readonly onResize: (size: number) => void;
}

const KEY_STEP = 24;

/** A line to drag between two parts, by pointer or by arrow keys. */
export function Splitter({ label, direction, grows, size, min, max, onResize }: SplitterProps) {
  const sign = grows === 'before' ? 1 : -1;
  const resize = (next: number) => onResize(Math.round(Math.min(max, Math.max(min, next))));
  const coordinate = (event: { clientX: number; clientY: number }) =>
    direction === 'columns' ? event.clientX : event.clientY;

  const onPointerDown = (event: React.PointerEvent<HTMLDivElement>) => {
    const element = event.currentTarget;
    const from = coordinate(event);
    element.setPointerCapture(event.pointerId);
    const onMove = (move: PointerEvent) => resize(size + sign * (coordinate(move) - from));
    const onEnd = () => {
      element.removeEventListener('pointermove', onMove);
      element.removeEventListener('pointerup', onEnd);
      element.removeEventListener('pointercancel', onEnd);
    };
    element.addEventListener('pointermove', onMove);
    element.addEventListener('pointerup', onEnd);
    element.addEventListener('pointercancel', onEnd);
  };

  const onKeyDown = (event: React.KeyboardEvent) => {
    const less = direction === 'columns' ? 'ArrowLeft' : 'ArrowUp';
    const more = direction === 'columns' ? 'ArrowRight' : 'ArrowDown';
    if (event.key !== less && event.key !== more) return;
    event.preventDefault();
    resize(size + (event.key === more ? sign : -sign) * KEY_STEP);
  };

  return (
    <div
      className={styles.splitter}
      data-direction={direction}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={direction === 'columns' ? 'vertical' : 'horizontal'}
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    />
  );
}
