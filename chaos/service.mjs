import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const RESTART_PAUSE_MS = 100;

/** Runs one app as a process and starts it again whenever it ends. */
export class Service {
  /** Exits that no fault caused, after the app was ready. Each is a bug in the app. */
  unexpectedEnds = [];
  starts = 0;
  #options;
  #child;
  #hasBeenReady = false;
  #isDeathExpected = false;
  #isStopping = false;
  #ended = Promise.resolve();
  #log;

  /** @param options name, args for Node.js, env, port, logFile. */
  constructor(options) {
    this.#options = options;
    this.#log = createWriteStream(options.logFile, { flags: 'a' });
  }

  get name() {
    return this.#options.name;
  }

  get url() {
    return `http://127.0.0.1:${this.#options.port}`;
  }

  get pid() {
    return this.#child?.pid;
  }

  start() {
    this.starts += 1;
    this.#hasBeenReady = false;
    this.#isDeathExpected = false;
    const { args, env } = this.#options;
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    child.stdout.pipe(this.#log, { end: false });
    child.stderr.pipe(this.#log, { end: false });
    this.#ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
    void this.#ended.then((how) => this.#afterEnd(how));
  }

  /** Ends the app like a crash. */
  kill() {
    this.#isDeathExpected = true;
    this.#child.kill('SIGKILL');
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** Tells whether the app reports that it is ready. False if it does not answer. */
  async isReady() {
    try {
      const answer = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(3_000) });
      await answer.arrayBuffer();
      if (answer.ok) this.#hasBeenReady = true;
      return answer.ok;
    } catch {
      return false;
    }
  }

  /** Asks the app to stop. @returns the exit code, or the signal that ended it. */
  async stop() {
    this.#isStopping = true;
    if (this.#child === undefined) return 0;
    this.#child.kill('SIGCONT');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 60_000);
    const how = await this.#ended;
    clearTimeout(timer);
    return how;
  }

  async #afterEnd(how) {
    if (this.#isStopping) return;
    if (!this.#isDeathExpected && this.#hasBeenReady)
      this.unexpectedEnds.push(`${this.name} ended by itself (${how})`);
    await sleep(RESTART_PAUSE_MS);
    if (!this.#isStopping) this.start();
  }
}
