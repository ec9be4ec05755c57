import { isAbsolute, join } from 'node:path';

/**
 * The place for the data of this user's programs, by the conventions of the platform; see
 * `userDataDir`.
 */
export interface UserPlace {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** `XDG_DATA_HOME` on Linux, `LOCALAPPDATA` on Windows. */
  readonly dataHome?: string | undefined;
}

/**
 * The folder for the explorer's data. It belongs to the user and does not depend on the current
 * folder.
 */
export function userDataDir({ platform, home, dataHome }: UserPlace): string {
  return join(dataFolder(platform, home, dataHome), 'span-links', 'explorer');
}

function dataFolder(platform: NodeJS.Platform, home: string, dataHome = ''): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  // The XDG specification ignores relative paths.
  if (isAbsolute(dataHome)) return dataHome;
  return platform === 'win32' ? join(home, 'AppData', 'Local') : join(home, '.local', 'share');
}
