import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CHILD_ENV } from './child-env.ts';
import type { ClusterFiles } from './cluster-files.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { GuardianTask, LaunchMessage } from './guardian-protocol.ts';
import { onJsonLine } from './json-lines.ts';
import { diskFull, isFull } from './restart-policy.ts';
import { openServerLog, serverLogSince, serverLogSize } from './server-log.ts';

/**
 * Compiled, because a separate process cannot run the TypeScript that tests import. The path is the same from src and
 * dist.
 */
const ENTRY = fileURLToPath(new URL('../dist/guardian-main.js', import.meta.url));

/**
 * Starts a guardian that may take this generation, outside the caller's process tree and group. Resolves when it has
 * taken it, or when it ended because another one was first. Throws `guardian` or `disk-full` if it broke before that.
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
      if (isFull(files.dataDir)) throw diskFull(files.dataDir);
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
    // The guardian inherits the pipe, so the pipe closes without a message only when both are gone.
    stdout.once('close', () => resolve(undefined));
    onJsonLine(stdout, (message) => {
      resolve(message as LaunchMessage);
      stdout.destroy();
    });
  });
}
