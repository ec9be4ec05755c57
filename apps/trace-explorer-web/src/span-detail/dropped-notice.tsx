import styles from './dropped-notice.module.css';

interface DroppedNoticeProps {
  readonly count: number;
  /** `attributes`, `events`. */
  readonly what: string;
  /** The SDK's setting that keeps more. */
  readonly setting: string;
}

/** Reports what the SDK dropped, and how to keep it. Shows nothing if nothing was dropped. */
export function DroppedNotice({ count, what, setting }: DroppedNoticeProps) {
  if (count === 0) return null;
  return (
    <p className={styles.notice}>
      <b>{count.toLocaleString()}</b> more {what} dropped by the SDK’s limit before sending. Raise{' '}
      <code>{setting}</code> in the service to keep them.
    </p>
  );
}
