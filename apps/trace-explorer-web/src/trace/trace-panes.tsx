import * as Dialog from '@radix-ui/react-dialog';
import { useRef } from 'react';
import { useElementWidth } from './element-width.ts';
import { useMediaQuery } from './media-query.ts';
import { Splitter } from './splitter.tsx';
import { useStoredNumber } from './stored-setting.ts';
import styles from './trace-panes.module.css';

interface TracePanesProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly panel: React.ReactNode;
  readonly children: React.ReactNode;
}

const SIDE = { initial: 520, min: 340 };
const BELOW = { initial: 340, min: 160 };

/**
 * The waterfall and, if a span is selected, its details: next to it, below it, or over it,
 * depending on the room.
 */
export function TracePanes({ isOpen, onClose, panel, children }: TracePanesProps) {
  const panes = useRef<HTMLDivElement>(null);
  const width = useElementWidth(panes);
  const isSide = useMediaQuery('(min-width: 1024px)');
  const isSheet = useMediaQuery('(max-width: 599px)');
  const [sideWidth, setSideWidth] = useStoredNumber('panel-width', SIDE.initial);
  const [belowHeight, setBelowHeight] = useStoredNumber('panel-height', BELOW.initial);
  const mostWidth = Math.max(SIDE.min, Math.round(width * 0.7));
  const mostHeight = Math.max(BELOW.min, Math.round(window.innerHeight * 0.6));
  const size = isSide ? Math.min(sideWidth, mostWidth) : Math.min(belowHeight, mostHeight);
  return (
    <div ref={panes} className={styles.panes} data-direction={isSide ? 'columns' : 'rows'}>
      <div className={styles.main}>{children}</div>
      {isOpen && !isSheet && (
        <>
          <Splitter
            label="Size of the details"
            direction={isSide ? 'columns' : 'rows'}
            grows="after"
            size={size}
            min={isSide ? SIDE.min : BELOW.min}
            max={isSide ? mostWidth : mostHeight}
            onResize={isSide ? setSideWidth : setBelowHeight}
          />
          <aside
            className={styles.panel}
            aria-label="Span details"
            style={isSide ? { width: size } : { height: size }}
          >
            {panel}
          </aside>
        </>
      )}
      <Dialog.Root open={isOpen && isSheet} onOpenChange={(open) => !open && onClose()}>
        <Dialog.Portal>
          <Dialog.Content
            className={styles.sheet}
            aria-describedby={undefined}
            onCloseAutoFocus={(event) => {
              // A row opened it, not a button.
              event.preventDefault();
              panes.current?.querySelector<HTMLElement>('[data-trace-row][tabindex="0"]')?.focus();
            }}
          >
            <Dialog.Title className="visually-hidden">Span details</Dialog.Title>
            {panel}
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
    </div>
  );
}
