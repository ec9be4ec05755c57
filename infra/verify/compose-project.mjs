import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { run } from './command.mjs';

const FOLDER = join(import.meta.dirname, '../docker');
const LABEL = 'com.docker.compose.project';

/** The compose project of this repository, under a name and at ports of its own, so that one that a user runs is not touched. */
export class ComposeProject {
  #engine;
  #signal;
  #name;
  #files;

  /**
   * @param options.settings what an env file would say; it is all that the project gets to see.
   * @param options.scratch a folder for the env file and the override.
   */
  constructor({ engine, signal, name, settings, scratch }) {
    this.#engine = engine;
    this.#signal = signal;
    this.#name = name;
    const envFile = join(scratch, 'verify.env');
    writeFileSync(
      envFile,
      Object.entries(settings)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    );
    this.#files = ['--env-file', envFile, '-f', join(FOLDER, 'compose.yaml')];
  }

  /** What compose makes of the project's files. */
  async config() {
    return JSON.parse(await this.compose(['config', '--format', 'json']));
  }

  /** With one of the env files that users take, and with what they say beside it. */
  async checkConfig(envFile, variables = {}) {
    const files = ['--env-file', join(FOLDER, envFile), '-f', join(FOLDER, 'compose.yaml')];
    await run('docker', ['compose', ...files, 'config', '--quiet'], {
      env: { ...this.#engine.env, ...variables },
      signal: this.#signal,
    });
  }

  /** Adds a file on top of the project's own. */
  override(file) {
    this.#files.push('-f', file);
  }

  compose(args, timeoutMs) {
    return this.docker(['compose', '-p', this.#name, ...this.#files, ...args], timeoutMs);
  }

  docker(args, timeoutMs) {
    return run('docker', args, { env: this.#engine.env, signal: this.#signal, timeoutMs });
  }

  /** Every container of the project, those that have ended too, as `docker inspect` shows it, with the name of its service. */
  async containers() {
    const ids = (await this.docker(['ps', '-aq', '--filter', `label=${LABEL}=${this.#name}`]))
      .split('\n')
      .filter(Boolean);
    if (ids.length === 0) return [];
    const found = JSON.parse(await this.docker(['inspect', ...ids]));
    return found.map((container) => ({
      ...container,
      service: container.Config.Labels['com.docker.compose.service'],
      name: container.Name.replace(`/${this.#name}-`, ''),
    }));
  }

  /** Those of the services that stay. */
  async running() {
    return (await this.containers()).filter(({ State }) => State.Running);
  }

  /** One value from the database. */
  async sql(statement) {
    const client = [
      'psql',
      '-U',
      'span_links',
      '-d',
      'span_links',
      '-qAt',
      '-v',
      'ON_ERROR_STOP=1',
      '-c',
      statement,
    ];
    return (await this.compose(['exec', '-T', 'postgres', ...client])).trim();
  }

  /** The ids of containers, networks and volumes that bear the project's name. */
  async leftovers() {
    const filter = ['--filter', `label=${LABEL}=${this.#name}`];
    const lists = await Promise.all([
      this.docker(['ps', '-aq', ...filter]),
      this.docker(['network', 'ls', '-q', ...filter]),
      this.docker(['volume', 'ls', '-q', ...filter]),
    ]);
    return lists.flatMap((list) => list.split('\n').filter(Boolean));
  }

  /** Without the signal: it has to work after a Ctrl-C too. */
  async takeDown() {
    const args = [
      'compose',
      '-p',
      this.#name,
      ...this.#files,
      'down',
      '--volumes',
      '--remove-orphans',
      '--timeout',
      '5',
    ];
    await run('docker', args, { env: this.#engine.env, timeoutMs: 120_000 });
  }

  /** What was built for this run alone. */
  async removeImage(image) {
    await run('docker', ['image', 'rm', '--force', image], { env: this.#engine.env });
  }

  /** The last lines of every service, for whoever has to find out what went wrong. */
  async logs() {
    const base = ['compose', '-p', this.#name, ...this.#files];
    const options = { env: this.#engine.env, timeoutMs: 60_000 };
    const states = await run('docker', [...base, 'ps', '--all'], options);
    const lines = await run('docker', [...base, 'logs', '--no-color', '--tail', '30'], options);
    return states + stripVTControlCharacters(lines);
  }
}
