import { readFile } from 'node:fs/promises';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFolderCommand, runFolderCommand } from './commands.ts';
import type { WorkshopConfig } from './config.ts';
import { exerciseFile, type Course } from './course.ts';
import { openDatabase, type Database } from './database.ts';
import type { Exercise } from './exercise.ts';
import { ExplorerProcess, ExplorerView } from './explorer.ts';
import { runExercise } from './run-exercise.ts';
import { shown, type Terminal } from './terminal.ts';
import { verifyFiles } from './verify.ts';

/** Polled, as notices of changes do not reach every container. */
const LOOK_EVERY_MS = 250;

/** Everything that a session works with. */
interface SessionOptions {
  readonly settings: WorkshopConfig;
  readonly course: Course;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/**
 * Starts the database and the explorer, then runs the reader's file after each save, and takes commands, until it is told to stop.
 *
 * @returns the exit code.
 */
export async function runSession(options: SessionOptions): Promise<number> {
  const { settings, course, terminal, signal } = options;
  terminal.list(await course.progress());
  const exercise = await course.current();
  const file = await course.prepare(exercise);
  const database = await openDatabase(settings, (line) => terminal.say(line));
  let explorer: ExplorerProcess | undefined;
  const stopping = new AbortController();
  signal.addEventListener('abort', () => stopping.abort(), { once: true });
  if (signal.aborted) stopping.abort();
  let input: Interface | undefined;
  try {
    if (settings.room === undefined)
      explorer = new ExplorerProcess({
        databaseUrl: database.url,
        port: settings.explorerPort,
        inherited: settings.inherited,
      });
    const url = settings.room ?? (await explorer?.ready()) ?? '';
    const view = new ExplorerView(url, settings.name, settings.token, settings.browserUrl);
    terminal.say(
      `explorer  ${settings.room === undefined ? url : view.ownTraces()}`,
      `read      ${shown(exerciseFile(exercise, 'README.md'))}`,
      `edit      ${shown(file)}; each save runs it`,
      'type      hint, solution, reset, next, goto <number>, list, verify or quit; Ctrl-C stops',
      '',
    );
    const session = new Session(options, database, view, stopping);
    input = createInterface({ input: process.stdin });
    input.on('line', (line) => session.type(line));
    void explorer?.ended.then((how) => {
      if (!stopping.signal.aborted) terminal.say(`The explorer ended (${how}); the checks go on without it.`);
    });
    await session.watch();
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    throw error;
  } finally {
    stopping.abort();
    input?.close();
    await explorer?.stop();
    await database.release();
    terminal.say('Stopped. Your files and your progress stay.');
  }
}

/** Runs files and commands one after the other. */
class Session {
  readonly #options: SessionOptions;
  readonly #database: Database;
  readonly #view: ExplorerView;
  readonly #stopping: AbortController;
  readonly #typed: string[] = [];
  #seen = '';

  constructor(options: SessionOptions, database: Database, view: ExplorerView, stopping: AbortController) {
    this.#options = options;
    this.#database = database;
    this.#view = view;
    this.#stopping = stopping;
  }

  type(line: string): void {
    if (this.#typed.length < 100) this.#typed.push(line);
  }

  async watch(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const line = this.#typed.shift();
      if (line !== undefined) await this.#command(line.trim().split(/\s+/));
      else await this.#look();
      if (this.#typed.length === 0) await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Runs the current file if it, or which one is current, has changed: here or in another terminal. */
  async #look(): Promise<void> {
    const { course } = this.#options;
    const exercise = await course.current();
    const file = await course.prepare(exercise);
    // An editor may be half-way through saving.
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined || `${exercise.id}\n${text}` === this.#seen) return;
    this.#seen = `${exercise.id}\n${text}`;
    await this.#run(exercise, file);
  }

  async #run(exercise: Exercise, file: string): Promise<void> {
    const { course, terminal, settings } = this.#options;
    const { signal } = this.#stopping;
    const report = await runExercise(exercise, file, {
      databaseUrl: this.#database.url,
      name: settings.name,
      signal,
    });
    if (signal.aborted) return;
    const trouble = await this.#view.take(report.requests);
    const link = report.spotlight && trouble === undefined ? this.#view.linkTo(report.spotlight) : undefined;
    terminal.report(exercise, file, report, link);
    if (trouble !== undefined) terminal.say(`  ${trouble}`);
    if (report.findings.length === 0 && (await course.markDone(exercise)))
      terminal.say('  `next` opens the next exercise.');
    terminal.say('');
  }

  async #command([name = '', ...words]: readonly string[]): Promise<void> {
    const { course, terminal, settings } = this.#options;
    if (name === '') return;
    if (name === 'quit' || name === 'exit') this.#stopping.abort();
    else if (name === 'run') this.#seen = '';
    else if (name === 'verify')
      await verifyFiles(words, { course, terminal, databaseUrl: this.#database.url, name: settings.name });
    else if (isFolderCommand(name)) await runFolderCommand(name, words, course, terminal);
    else
      terminal.say(
        `There is no command ${name}: hint, solution, reset, next, goto, list, verify, run, quit.`,
      );
  }
}
