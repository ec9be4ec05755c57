import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHILD_ENV } from './server-user.ts';
import { clusterFiles } from './cluster.ts';
import { errorText } from './embedded-postgres-error.ts';
import { Guardian } from './guardian.ts';
import { tryToClaim } from './guardian-claim.ts';
import type { GuardianTask, LaunchMessage } from './guardian-protocol.ts';

/** The kernels' limit for a socket's path, including its final zero byte: 104 on macOS and the BSDs, 108 on Linux. */
const MAX_SOCKET_PATH = 103;

/**
 * Two processes deep, because Nx and other tools kill all descendants: the guardian's parent is gone before they look.
 */
function launch(task: GuardianTask): void {
  const args = [
    fileURLToPath(import.meta.url),
    JSON.stringify({ ...task, step: 'guard' } satisfies GuardianTask),
  ];
  spawn(process.execPath, args, {
    cwd: '/',
    env: CHILD_ENV,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  }).unref();
}

async function guard({ dataDir, generation, tempDir }: GuardianTask): Promise<void> {
  process.title = `span-links-postgres-guardian ${dataDir}`;
  const files = clusterFiles(dataDir);
  const socketPath = newSocketPath(tempDir);
  const listener = createServer();
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(socketPath, resolve);
  });
  process.once('exit', () => removeSocket(socketPath));
  const replaced = tryToClaim(files.claimDir, { generation, pid: process.pid, socketPath });
  if (replaced === undefined) {
    say({ kind: 'lost' });
    process.exit(0);
  }
  for (const { socketPath: stale } of replaced) removeSocket(stale);

  const guardian = new Guardian(files, generation, listener);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => void guardian.end());
  process.on('uncaughtException', (error) => {
    complain(error);
    void guardian.end();
  });
  say({ kind: 'claimed' });
  await guardian.ended;
  process.exit(guardian.hasFailed ? 1 : 0);
}

/**
 * A new private folder each time: nobody can have prepared it, and a deep data folder does not make the path longer.
 */
function newSocketPath(tempDir: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\span-links-${process.pid}-${Date.now()}`;
  const isShort = Buffer.byteLength(join(tempDir, 'span-links-xxxxxx', 's')) <= MAX_SOCKET_PATH;
  return join(mkdtempSync(join(isShort ? tempDir : '/tmp', 'span-links-')), 's');
}

function removeSocket(socketPath: string): void {
  const folder = dirname(socketPath);
  if (process.platform !== 'win32' && /[/]span-links-[^/]+$/.test(folder))
    rmSync(folder, { recursive: true, force: true });
}

/** Writes directly to the descriptor: process.stdout would still be writing when the process exits. */
function say(message: LaunchMessage): void {
  try {
    writeSync(1, `${JSON.stringify(message)}\n`);
  } catch {
    // The starter was killed. Other holders may still come; without any, the guardian ends itself.
  }
}

function complain(error: unknown): void {
  process.stderr.write(
    `guardian ${process.pid}: ${error instanceof Error ? error.stack : errorText(error)}\n`,
  );
}

const task = JSON.parse(process.argv[2] ?? '{}') as GuardianTask;
if (task.step === 'launch') {
  launch(task);
} else {
  guard(task).catch((error: unknown) => {
    complain(error);
    process.exit(1);
  });
}
