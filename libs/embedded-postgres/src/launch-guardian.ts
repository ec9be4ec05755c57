import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CHILD_ENV } from './child-env.ts';
import type { ClusterFiles } from './cluster-files.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { GuardianTask, LaunchMessage } from './guardian-protocol.ts';
import { onJsonLine } from './json-lines.ts';
import { openServerLog, serverLogSince, serverLogSize } from './server-log.ts';

/** Compiled, since a process of its own cannot run the TypeScript that tests import; the same path from src and dist. */
const ENTRY = fileURLToPath(new URL('../dist/guardian-main.js', import.meta.url));

/**
 * Starts a guardian that may take this generation, outside the caller's process tree and group. Resolves when it has, or when
 * it ended because another one was first; throws `guardian` when it broke before either.
 */
export async function launchGuardian(files: ClusterFiles, generation: number): Promise<void> {
  if (!existsSync(ENTRY)) {
    throw new EmbeddedPostgresError(
      'guardian',
      `${ENTRY} is missing: build the project embedded-postgres first.`,
    );
  }
  const logOffset = serverLogSize(files.logFile);
  const log = openServerLog(files.logFile);
  const task: GuardianTask = { step: 'launch', dataDir: files.dataDir, generation, tempDir: tmpdir() };
  try {
    const launcher = spawn(process.execPath, [ENTRY, JSON.stringify(task)], {
      cwd: '/',
      env: CHILD_ENV,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'pipe', log],
    });
    const answer = await firstAnswer(launcher);
    if (answer === undefined) {
      const reason = serverLogSince(files.logFile, logOffset).trim().split('\n')[0];
      throw new EmbeddedPostgresError(
        'guardian',
        `The process that looks after the embedded database did not start: ${reason || 'it gave no reason'}`,
      );
    }
  } finally {
    closeSync(log);
  }
}

function firstAnswer(launcher: ChildProcess): Promise<LaunchMessage | undefined> {
  return new Promise((resolve) => {
    const { stdout } = launcher;
    launcher.once('error', () => resolve(undefined));
    if (stdout === null) return;
    // The guardian inherits the pipe: it closes without a word only when both are gone.
    stdout.once('close', () => resolve(undefined));
    onJsonLine(stdout, (message) => {
      resolve(message as LaunchMessage);
      stdout.destroy();
    });
  });
}
