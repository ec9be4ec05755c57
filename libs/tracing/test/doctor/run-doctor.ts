import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterEach } from 'vitest';

export const FIXTURES = join(import.meta.dirname, 'fixtures');

/** The built command: it can only start files that Node.js can run. */
const PROGRAM = join(import.meta.dirname, '../../dist/doctor/main.js');

export interface DoctorRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface DoctorOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly found: string;
  readonly fix?: string;
}

const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGTERM');
});

export function startDoctor(args: readonly string[], options: DoctorOptions = {}): ChildProcess {
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(OTEL_|SPAN_LINKS_|NODE_OPTIONS$|VITEST|FORCE_COLOR$|NO_COLOR$)/.test(key),
  );
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: options.cwd ?? FIXTURES,
    env: { ...Object.fromEntries(inherited), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

export function runDoctor(args: readonly string[], options?: DoctorOptions): Promise<DoctorRun> {
  const child = startDoctor(args, options);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr?.on('data', (chunk) => (stderr += String(chunk)));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

/** The findings of the doctor about a set-up, by check. */
export async function examine(
  args: readonly string[],
  options?: DoctorOptions,
): Promise<{
  readonly code: number | null;
  readonly json: string;
  readonly of: (check: string) => Finding | undefined;
}> {
  const { code, stdout, stderr } = await runDoctor(['doctor', '--json', ...args], options);
  if (stderr !== '') throw new Error(stderr);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return { code, json: stdout, of: (wanted) => findings.find(({ check }) => check === wanted) };
}
