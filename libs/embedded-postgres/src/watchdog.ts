import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { CHILD_ENV } from './server-user.ts';

/**
 * Ends a server and removes its folders when the process that started them is gone, for any reason: a postmaster does
 * not notice a killed parent. Its standard input closes with the parent; each line names the server to end then, or
 * none.
 */
export interface Watchdog {
  guard(postmasterPid: number | undefined): void;
  dismiss(): Promise<void>;
}

/** This is a shell script, because a second Node.js process would take 40 MB and 70 ms (November 2026). */
const SCRIPT = `
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null; then
  # Bounded: where process 1 reaps no orphans, a dead server stays visible.
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL "$pid" 2>/dev/null
fi
[ "$#" -eq 0 ] || rm -rf "$@"
`;

export function startWatchdog(ownedFolders: string[]): Watchdog {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'watchdog', ...ownedFolders], {
    cwd: '/',
    env: CHILD_ENV,
    // A separate process group: the Ctrl-C that ends the tests must not end the watchdog first.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const exited = new Promise<void>((resolve) => {
    shell.once('exit', () => resolve());
    // Without a shell, as on Windows, there is no watchdog, and a manual stop still works.
    shell.once('error', () => resolve());
  });
  shell.unref();
  shell.stdin.on('error', () => {});
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return {
    guard: (postmasterPid) => void shell.stdin.write(`${postmasterPid ?? ''}\n`),
    dismiss: async () => {
      shell.ref();
      shell.stdin.end('\n');
      await exited;
    },
  };
}
