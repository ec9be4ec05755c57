import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Exercise } from './exercise.ts';
import { exercises } from './exercises/index.ts';

/** How far a reader is. */
export interface Progress {
  readonly current: string;
  readonly done: readonly string[];
  /** Hints shown so far, by exercise. */
  readonly hints: Readonly<Record<string, number>>;
}

export const HINT_LEVELS = 3;

/** The folder of the texts of an exercise. */
export function exerciseFile(exercise: Exercise, name: string): string {
  return fileURLToPath(new URL(`../exercises/${exercise.id}/${name}`, import.meta.url));
}

/** Owns the reader's folder: their files and their progress. */
export class Course {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  fileOf(exercise: Exercise): string {
    return join(this.folder, `${exercise.id}.ts`);
  }

  async progress(): Promise<Progress> {
    const [first] = exercises;
    const stored = await readFile(this.#progressFile, 'utf8').then(parsed, () => undefined);
    const isKnown = (id: unknown): id is string => exercises.some((exercise) => exercise.id === id);
    const current = stored?.['current'];
    const done = Array.isArray(stored?.['done']) ? stored['done'].filter(isKnown) : [];
    const hints = Object.fromEntries(
      Object.entries(stored?.['hints'] ?? {}).filter(
        (entry): entry is [string, number] => isKnown(entry[0]) && typeof entry[1] === 'number',
      ),
    );
    return { current: isKnown(current) ? current : (first?.id ?? ''), done, hints };
  }

  async current(): Promise<Exercise> {
    const { current } = await this.progress();
    const exercise = exercises.find(({ id }) => id === current);
    if (!exercise) throw new Error(`There is no exercise ${current}.`);
    return exercise;
  }

  /** @returns whether it was not done before. */
  async markDone({ id }: Exercise): Promise<boolean> {
    const progress = await this.progress();
    if (progress.done.includes(id)) return false;
    await this.#save({ ...progress, done: [...progress.done, id] });
    return true;
  }

  async goTo({ id }: Exercise): Promise<void> {
    await this.#save({ ...(await this.progress()), current: id });
  }

  /** The texts of the hints so far, the next one included. */
  async nextHint(exercise: Exercise): Promise<readonly string[]> {
    const progress = await this.progress();
    const level = Math.min(HINT_LEVELS, (progress.hints[exercise.id] ?? 0) + 1);
    await this.#save({ ...progress, hints: { ...progress.hints, [exercise.id]: level } });
    return (await hintsOf(exercise)).slice(0, level);
  }

  /** Gives the reader the starting point of an exercise, unless they have a file of it. */
  async prepare(exercise: Exercise): Promise<string> {
    const file = this.fileOf(exercise);
    await mkdir(this.folder, { recursive: true });
    const start = await readFile(exerciseFile(exercise, 'start.ts'));
    await writeFile(file, start, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    return file;
  }

  /** Back to the starting point. @returns where the reader's work is kept. */
  async reset(exercise: Exercise): Promise<string | undefined> {
    const file = this.fileOf(exercise);
    const kept = file.replace(/\.ts$/, '.before-reset.ts');
    const existed = await stat(file).then(
      () => true,
      () => false,
    );
    if (existed) await rename(file, kept);
    await this.prepare(exercise);
    const progress = await this.progress();
    const { [exercise.id]: _, ...hints } = progress.hints;
    await this.#save({ ...progress, done: progress.done.filter((id) => id !== exercise.id), hints });
    return existed ? kept : undefined;
  }

  get #progressFile(): string {
    return join(this.folder, '.progress.json');
  }

  async #save(progress: Progress): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    // Renamed into place: another terminal may read it at any time.
    const draft = `${this.#progressFile}.${process.pid}`;
    await writeFile(draft, `${JSON.stringify(progress, undefined, 2)}\n`);
    await rename(draft, this.#progressFile);
  }
}

/** The hints of an exercise, one per heading of `hints.md`. */
export async function hintsOf(exercise: Exercise): Promise<readonly string[]> {
  const text = await readFile(exerciseFile(exercise, 'hints.md'), 'utf8');
  return text
    .split(/^## .*$/m)
    .slice(1)
    .map((hint) => hint.trim());
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
