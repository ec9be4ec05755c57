import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const WAIT_MS = 60_000;

/** The environment of a user: without what npm, Nx and a shell in the workspace set. */
function userEnv(home, more = {}) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NX_|EXPLORER_|EMBEDDED_|XDG_|NODE_)/i.test(name),
  );
  return { ...Object.fromEntries(kept), HOME: home, ...more };
}

/** The package as `npm pack` makes it, installed in an empty folder outside of the workspace. */
export class InstalledPackage {
  #cacheDir;

  constructor(place, tarball, cacheDir) {
    this.place = place;
    this.tarball = tarball;
    this.home = join(place, 'home');
    this.project = join(place, 'project');
    this.#cacheDir = cacheDir;
  }

  static async make() {
    const place = await mkdtemp(join(tmpdir(), 'span-links-package-'));
    const { stdout: cacheDir } = await run('npm', ['config', 'get', 'cache'], { cwd: place });
    const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', place], {
      cwd: PACKAGE,
    });
    const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[')));
    const made = new InstalledPackage(place, join(place, filename), cacheDir.trim());
    for (const folder of [made.home, made.project]) await mkdir(folder);
    await writeFile(join(made.project, 'package.json'), '{ "private": true }');
    await made.install(made.project);
    return made;
  }

  async install(folder, ...options) {
    const args = ['install', this.tarball, '--prefer-offline', '--no-audit', '--no-fund', ...options];
    await run('npm', args, { cwd: folder, env: this.npmEnv() });
  }

  /** npm with the cache of the machine: what is measured is a second install, not the network. */
  npmEnv() {
    return userEnv(this.home, { npm_config_cache: this.#cacheDir, npm_config_update_notifier: 'false' });
  }

  /** A command of the package, to its end. */
  async command(args, { env = {}, folder = this.project } = {}) {
    const child = spawn(process.execPath, [binaryIn(folder), ...args], {
      cwd: folder,
      env: userEnv(this.home, env),
    });
    return ended(child);
  }

  /** An explorer that runs; resolves when it has said where it listens. */
  async start(args = [], { env = {}, way = 'node' } = {}) {
    const [command, ...first] =
      way === 'npx'
        ? ['npm', 'exec', '--yes', `--package=${this.tarball}`, '--', 'span-links-explorer']
        : [process.execPath, binaryIn(this.project)];
    const options = {
      cwd: way === 'npx' ? this.home : this.project,
      env: { ...(way === 'npx' ? this.npmEnv() : userEnv(this.home)), ...env },
      // A group of its own, so that a signal can go to all of it, as Ctrl-C in a terminal does.
      detached: true,
    };
    return RunningExplorer.of(spawn(command, [...first, ...args], options));
  }

  async remove() {
    await rm(this.place, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class RunningExplorer {
  #child;
  #ended;

  constructor(child) {
    this.#child = child;
    this.out = '';
    this.told = '';
    child.stdout.on('data', (chunk) => (this.out += chunk));
    child.stderr.on('data', (chunk) => (this.told += chunk));
    this.#ended = once(child, 'close').then(([code]) => code);
  }

  static async of(child) {
    const explorer = new RunningExplorer(child);
    const isEnded = explorer.#ended.then(() => true);
    for (const until = Date.now() + WAIT_MS; !/^ +Stop /m.test(explorer.out);) {
      if (Date.now() > until || (await Promise.race([isEnded, sleep(20, false)]))) {
        child.kill('SIGKILL');
        throw new Error(`the explorer does not listen: ${explorer.out}${explorer.told}`);
      }
    }
    return explorer;
  }

  get pid() {
    return this.#child.pid;
  }

  get url() {
    return /^ +Open +(http:\/\/[\d.:]+)/m.exec(this.out)?.[1] ?? '';
  }

  get grpcUrl() {
    return /=(http:\S+) +\(SDKs/.exec(this.out)?.[1] ?? '';
  }

  /** As Ctrl-C does: the signal goes to the whole process group. @returns the exit code */
  async interrupt() {
    process.kill(-this.#child.pid, 'SIGINT');
    return this.#ended;
  }
}

const binaryIn = (folder) => join(folder, 'node_modules/@span-links/explorer/dist/cli.js');

async function ended(child) {
  let out = '';
  let told = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (told += chunk));
  const [code] = await once(child, 'close');
  return { code, out, told };
}

/** Packages and MB (of 1,000,000 bytes) in the node_modules of a folder. */
export async function installedSize(folder) {
  const modules = join(folder, 'node_modules');
  const lock = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8'));
  let bytes = 0;
  for (const entry of await readdir(modules, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return { packages: Object.keys(lock.packages).length, megabytes: bytes / 1e6 };
}
