import { closeSync, copyFileSync, openSync, readSync, rmSync, statSync, truncateSync } from 'node:fs';

const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Opens the log for a child's output. It must append: after the truncation below the next line starts at the beginning.
 */
export function openServerLog(logFile: string): number {
  return openSync(logFile, 'a', 0o600);
}

/**
 * Keeps the log and one older part, 4 MiB each. Copies and truncates the file instead of renaming it, because Postgres
 * holds it open.
 */
export function boundServerLog(logFile: string, maxBytes = MAX_BYTES): void {
  if (serverLogSize(logFile) <= maxBytes) return;
  try {
    copyFileSync(logFile, `${logFile}.1`);
  } catch {
    // The disk may be full. Then its free space matters more than the content of the log.
    rmSync(`${logFile}.1`, { force: true });
  }
  truncateSync(logFile, 0);
}

export function serverLogSize(logFile: string): number {
  return statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
}

/** The text that was written after the log had `offset` bytes, at most the last 16 KiB. */
export function serverLogSince(logFile: string, offset: number): string {
  const size = serverLogSize(logFile);
  const length = Math.min(16_384, Math.max(0, size - offset));
  if (length === 0) return '';
  const file = openSync(logFile, 'r');
  try {
    const buffer = Buffer.alloc(length);
    const read = readSync(file, buffer, 0, length, size - length);
    return buffer.toString('utf8', 0, read);
  } finally {
    closeSync(file);
  }
}
