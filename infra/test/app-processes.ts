import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { IContainer } from 'kubernetes-models/v1/Container';

const WORKSPACE = new URL('../../', import.meta.url);
const run = promisify(execFile);

/** Returns the variables that an app's `--help` names, and those of the OpenTelemetry SDK if the app loads it. */
export async function settingsOf(container: IContainer): Promise<Set<string>> {
  const [, ...args] = container.command ?? [];
  const { stdout } = await run(process.execPath, [...args, '--help'], {
    cwd: WORKSPACE,
    env: { OTEL_SDK_DISABLED: 'true' },
  });
  const names = [...stdout.matchAll(/^ {2}([A-Z][A-Z0-9_]+) /gm)].map(([, name]) => name!);
  return new Set([...names, ...(args.includes('--import') ? tracingVariables() : [])]);
}

/** Reads the names from the rules of the tracing library. */
function tracingVariables(): string[] {
  const rules = readFileSync(new URL('libs/tracing/src/sdk/environment.ts', WORKSPACE), 'utf8');
  return [...rules.matchAll(/\b(?:OTEL|SPAN_LINKS)_[A-Z0-9_]+/g)].map(([name]) => name);
}

// Nothing listens on port 1, so a start with correct settings fails only because of this address.
const NO_DATABASE = 'postgres://span_links:secret@127.0.0.1:1/span_links';

/** Starts a process like its container, but without a database. @returns its output. */
export async function startWithoutDatabase(
  container: IContainer,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const [, ...args] = container.command ?? [];
  const env: NodeJS.ProcessEnv = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20x' };
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined) env[name] = value.replaceAll(/\$\(\w+\)/g, 'x');
  }
  for (const name of ['DATABASE_URL', 'EXPLORER_DATABASE_URL'])
    if (name in environment) env[name] = NO_DATABASE;
  env['DATABASE_CONNECT_TIMEOUT_MS'] = '100';
  try {
    const { stdout, stderr } = await run(process.execPath, args, { cwd: WORKSPACE, env });
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}
