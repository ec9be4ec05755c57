import { mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

type Variables = Readonly<Record<string, string | undefined>>;

/** The settings that decide where a journal is kept. */
export interface JournalPlace {
  /** A folder, or `off`. */
  readonly journal: string | undefined;
  readonly serviceName: string | undefined;
  readonly env: Variables;
}

/**
 * The folder of the journal of one exporter. Each has its own, because a process sends the spans that it finds there
 * with its own exporter. By default in `$XDG_STATE_HOME/span-links/<service>`, the place for files that survive a
 * restart. Not in the folder for temporary files, which is often memory.
 *
 * @returns undefined if the journal is turned off, or if there is no place for it.
 */
export function journalFolder(
  { journal, serviceName, env }: JournalPlace,
  exporterName: string,
  log: (line: string) => void,
): string | undefined {
  if (journal?.toLowerCase() === 'off') return undefined;
  try {
    const root =
      journal ?? join(stateFolder(env), 'span-links', fileNameOf(serviceName ?? 'unknown_service'));
    return join(resolve(root), fileNameOf(exporterName));
  } catch {
    log(
      'there is no journal of spans with links: the user has no home, and SPAN_LINKS_JOURNAL names no folder',
    );
    return undefined;
  }
}

function fileNameOf(text: string): string {
  return (
    text
      .replace(/[^\w.-]/g, '_')
      .replace(/^\.+/, '_')
      .slice(0, 100) || '_'
  );
}

/** @throws if the user has no home. */
function stateFolder(env: Variables): string {
  const { XDG_STATE_HOME: own, LOCALAPPDATA: local } = env;
  // The XDG specification says to ignore relative values.
  if (own !== undefined && resolve(own) === own) return own;
  if (process.platform === 'win32' && local !== undefined && local !== '') return local;
  return join(homedir(), '.local', 'state');
}

/**
 * Makes a folder that only this user can read, with its parents. An existing folder stays as it is. Not with
 * `recursive`: `mkdirSync('/proc/x', { recursive: true })` never returned (Node.js 20.20).
 *
 * @throws the error of the file system.
 */
export function makePrivateFolder(path: string): void {
  if (isFolder(path)) return;
  if (dirname(path) !== path) makePrivateFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
