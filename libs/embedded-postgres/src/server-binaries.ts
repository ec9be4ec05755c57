import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { CHILD_ENV, ensureSystemDir, runAs, type ServerUser } from './server-user.ts';
import { EmbeddedPostgresError, errorText } from './embedded-postgres-error.ts';

const run = promisify(execFile);

export interface ServerBinaries {
  postgres: string;
  initdb: string;
}

interface PackagedBinaries {
  nativeDir: string;
  version: string;
}

/**
 * The platforms with a package of binaries. Each package is an optional dependency, and npm installs the one that fits.
 */
const TARGETS: ReadonlySet<string> = new Set([
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'linux-x64',
  'windows-x64',
]);

/**
 * Binaries that `user` can run: the installed ones, or a copy in a system folder if root's home hides them. The package
 * `embedded-postgres` around them is not used: importing it hooks the process's signals, and the server that it starts
 * dies with its starter.
 */
export async function usableBinaries(
  user: ServerUser | undefined,
  onProgress: (line: string) => void,
): Promise<ServerBinaries> {
  const packaged = packagedBinaries();
  const installed = binariesIn(packaged.nativeDir);
  if ((await whyNotRunnable(installed, user)) === undefined) return installed;
  // npm's `ignore-scripts` skips the step that links the shared libraries.
  await linkLibraries(packaged.nativeDir);
  let reason = await whyNotRunnable(installed, user);
  if (reason === undefined) return installed;
  // A copy helps only if their place hides them. Nothing hides them from root, so root must be able to run them.
  if (user !== undefined && (await whyNotRunnable(installed, undefined)) === undefined) {
    const copy = await systemCopy(packaged, user, onProgress);
    reason = await whyNotRunnable(copy, user);
    if (reason === undefined) return copy;
  }
  throw new EmbeddedPostgresError(
    'binaries-unusable',
    `The PostgreSQL binaries in ${packaged.nativeDir} do not run here (${reason}); they need glibc on Linux. Set DATABASE_URL to use another PostgreSQL.`,
  );
}

/** Finds the binaries package of this platform; throws when there is none or it is not installed. */
export function packagedBinaries(
  platform: string = process.platform,
  arch: string = process.arch,
): PackagedBinaries {
  const target = `${platform === 'win32' ? 'windows' : platform}-${arch}`;
  const name = `@embedded-postgres/${target}`;
  if (!TARGETS.has(target)) {
    throw new EmbeddedPostgresError(
      'unsupported-platform',
      `There are no PostgreSQL binaries for ${target}: set DATABASE_URL to a PostgreSQL server of your own.`,
    );
  }
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
    return {
      nativeDir: join(folder, 'native'),
      version: (JSON.parse(manifest) as { version: string }).version,
    };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'binaries-missing',
      `The optional package ${name} is not installed: install again without --omit=optional, or set DATABASE_URL.`,
      { cause },
    );
  }
}

function binariesIn(nativeDir: string): ServerBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    postgres: join(nativeDir, 'bin', `postgres${suffix}`),
    initdb: join(nativeDir, 'bin', `initdb${suffix}`),
  };
}

/** A test run is the only check that covers modes, ACLs, mount options, the C library and the linker (5 ms). */
async function whyNotRunnable(
  binaries: ServerBinaries,
  user: ServerUser | undefined,
): Promise<string | undefined> {
  try {
    for (const binary of [binaries.postgres, binaries.initdb]) {
      await run(binary, ['--version'], { cwd: '/', env: CHILD_ENV, ...runAs(user) });
    }
    return undefined;
  } catch (error) {
    return errorText(error).trim().split('\n').at(-1);
  }
}

async function linkLibraries(nativeDir: string): Promise<void> {
  const list = join(nativeDir, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(nativeDir, relative('native', target));
    // Existing links, or a folder without write permission, show at the next test run.
    await symlink(relative(dirname(target), source), link).catch(() => {});
  }
}

async function systemCopy(
  { nativeDir, version }: PackagedBinaries,
  user: ServerUser,
  onProgress: (line: string) => void,
): Promise<ServerBinaries> {
  const target = join(await ensureSystemDir(), `postgresql-${version}`);
  if (!existsSync(target)) {
    onProgress(
      `The user ${user.name} cannot read ${nativeDir}: keeping a copy of the PostgreSQL binaries in ${target}.`,
    );
    const draft = `${target}.${process.pid}`;
    try {
      await cp(nativeDir, draft, { recursive: true, verbatimSymlinks: true });
      await linkLibraries(draft);
      await openForReading(draft);
      await rename(draft, target);
    } catch (cause) {
      await rm(draft, { recursive: true, force: true });
      // Another guardian may have made its copy first. That copy is just as good.
      if (!existsSync(target)) {
        const message = `Cannot copy the PostgreSQL binaries to ${target}: ${errorText(cause)}.`;
        throw new EmbeddedPostgresError('binaries-unusable', message, { cause });
      }
    }
  }
  return binariesIn(target);
}

/** The copy keeps the modes of files that may have been installed under a umask of 077. */
async function openForReading(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openForReading(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}
