import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { CHILD_ENV } from './child-env.ts';
import { EmbeddedPostgresError, errorText } from './embedded-postgres-error.ts';
import { runAs, type ServerUser } from './server-user.ts';
import { ensureSystemDir } from './system-dir.ts';

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
 * Binaries that `user` can run: the installed ones, or a copy in a system folder when root's home hides them.
 * The `embedded-postgres` API is not used: importing it hooks the process's signals, and the server it starts
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
  // A copy helps only if it is their place that hides them: root, whom nothing hides anything from, must be able to.
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
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const manifest = JSON.parse(readFileSync(join(dirname(dirname(wrapper)), 'package.json'), 'utf8')) as {
    version: string;
    optionalDependencies: Record<string, string>;
  };
  const name = `@embedded-postgres/${target}`;
  if (manifest.optionalDependencies[name] === undefined) {
    throw new EmbeddedPostgresError(
      'unsupported-platform',
      `There are no PostgreSQL binaries for ${target}: set DATABASE_URL to a PostgreSQL server of your own.`,
    );
  }
  try {
    const entry = createRequire(wrapper).resolve(name);
    return { nativeDir: join(dirname(dirname(entry)), 'native'), version: manifest.version };
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

/** Trying it is the only check that knows of modes, ACLs, mount options, the C library and the linker alike (5 ms). */
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
    // Links that are there already, or a folder that may not be written, are found out by the next trial.
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
      // Another guardian's copy may have come first; it is as good.
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
