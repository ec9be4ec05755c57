import { formatDuration } from '../time/duration.ts';
import { LevelsMark } from './marks.tsx';
import type { TraceCommand } from './trace-keys.ts';
import type { Waterfall } from './use-waterfall.ts';
import styles from './waterfall-toolbar.module.css';

interface WaterfallToolbarProps {
  readonly waterfall: Waterfall;
  readonly commands: Readonly<Record<TraceCommand, () => void>>;
}

/** The open levels, and the visible part of the time. */
export function WaterfallToolbar({ waterfall, commands }: WaterfallToolbarProps) {
  const { window, isZoomed, tree } = waterfall;
  return (
    <div className={styles.toolbar}>
      <div role="group" aria-label="Levels" className={styles.group}>
        <ToolButton name="Expand all" keyName="}" onClick={commands.expandAll}>
          <LevelsMark opens isOne={false} />
        </ToolButton>
        <ToolButton name="Expand one level" keyName="]" onClick={commands.expandLevel}>
          <LevelsMark opens isOne />
        </ToolButton>
        <ToolButton name="Collapse one level" keyName="[" onClick={commands.collapseLevel}>
          <LevelsMark opens={false} isOne />
        </ToolButton>
        <ToolButton name="Collapse all" keyName="{" onClick={commands.collapseAll}>
          <LevelsMark opens={false} isOne={false} />
        </ToolButton>
      </div>
      <div role="group" aria-label="Time" className={styles.group}>
        <ToolButton name="Zoom out" keyName="-" disabled={!isZoomed} onClick={commands.zoomOut}>
          −
        </ToolButton>
        <ToolButton name="Zoom in" keyName="+" onClick={commands.zoomIn}>
          +
        </ToolButton>
        <ToolButton
          name="Fit: show the whole trace"
          keyName="0"
          disabled={!isZoomed}
          onClick={commands.zoomReset}
        >
          Fit
        </ToolButton>
      </div>
      <span className={styles.shown} role="status">
        {isZoomed && `${formatDuration(window.toNs - window.fromNs)} of ${formatDuration(tree.durationNs)}`}
      </span>
    </div>
  );
}

interface ToolButtonProps {
  readonly name: string;
  readonly keyName: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
  readonly children: React.ReactNode;
}

function ToolButton({ name, keyName, disabled = false, onClick, children }: ToolButtonProps) {
  return (
    <button
      type="button"
      className={styles.button}
      aria-label={name}
      title={`${name} (${keyName})`}
      aria-disabled={disabled}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
