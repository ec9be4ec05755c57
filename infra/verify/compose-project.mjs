import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { run } from './command.mjs';

const FOLDER = join(import.meta.dirname, '../docker');
const LABEL = 'com.docker.compose.project';

/** The compose project of this repository, with its own name and ports, so that it does not touch a user's running project. */
export class ComposeProject {
  #engine;
  #signal;
  #name;
  #files;

  /**
   * @param options.settings the content of the env file. The project sees no other settings.
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

  /** The configuration that compose builds from the project's files. */
  async config() {
    return JSON.parse(await this.compose(['config', '--format', 'json']));
  }

  /** Checks the configuration with one of the users' env files and additional variables. */
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

  /** All containers of the project, including ended ones, as `docker inspect` shows them, with the names of their services. */
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

  /** The running containers. */
  async running() {
    return (await this.containers()).filter(({ State }) => State.Running);
  }

  /** Runs one SQL statement. @returns its output. */
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

  /** The ids of containers, networks and volumes with the project's name. */
  async leftovers() {
    const filter = ['--filter', `label=${LABEL}=${this.#name}`];
    const lists = await Promise.all([
      this.docker(['ps', '-aq', ...filter]),
      this.docker(['network', 'ls', '-q', ...filter]),
      this.docker(['volume', 'ls', '-q', ...filter]),
    ]);
    return lists.flatMap((list) => list.split('\n').filter(Boolean));
  }

  /** Runs without the signal, because it must also work after Ctrl-C. */
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

  /** Removes the image that was built for this run. */
  async removeImage(image) {
    await run('docker', ['image', 'rm', '--force', image], { env: this.#engine.env });
  }

  /** The last log lines of each service, to find the cause of a failure. */
  async logs() {
    const base = ['compose', '-p', this.#name, ...this.#files];
    const options = { env: this.#engine.env, timeoutMs: 60_000 };
    const states = await run('docker', [...base, 'ps', '--all'], options);
    const lines = await run('docker', [...base, 'logs', '--no-color', '--tail', '30'], options);
    return states + stripVTControlCharacters(lines);
  }
}
