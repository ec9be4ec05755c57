import { readFile } from 'node:fs/promises';
import { HINT_LEVELS, exerciseFile, type Course } from './course.ts';
import type { Exercise } from './exercise.ts';
import { exerciseNamed, exercises } from './exercises/index.ts';
import { shown, type Terminal } from './terminal.ts';

/** The commands that need nothing but the reader's folder: they work beside a session and without one. */
export const folderCommands = {
  async list(course: Course, terminal: Terminal): Promise<number> {
    terminal.list(await course.progress());
    return 0;
  },

  async hint(course: Course, terminal: Terminal, exercise: Exercise): Promise<number> {
    const hints = await course.nextHint(exercise);
    hints.forEach((hint, index) =>
      terminal.say(terminal.paint('yellow', `Hint ${index + 1} of ${HINT_LEVELS}`), hint, ''),
    );
    if (hints.length === HINT_LEVELS)
      terminal.say('That was the last hint; `solution` shows the difference.');
    return 0;
  },

  async solution(course: Course, terminal: Terminal, exercise: Exercise): Promise<number> {
    const file = await course.prepare(exercise);
    terminal.say(terminal.paint('bold', `From ${shown(file)} to the solution:`));
    terminal.difference(
      await readFile(file, 'utf8'),
      await readFile(exerciseFile(exercise, 'solution.ts'), 'utf8'),
    );
    return 0;
  },

  async reset(course: Course, terminal: Terminal, exercise: Exercise): Promise<number> {
    const kept = await course.reset(exercise);
    terminal.say(`${shown(course.fileOf(exercise))} is back at the starting point.`);
    if (kept !== undefined) terminal.say(`Your work is in ${shown(kept)}.`);
    return 0;
  },

  async next(course: Course, terminal: Terminal): Promise<number> {
    const { done, current } = await course.progress();
    if (!done.includes(current)) {
      terminal.say(`${current} is not done yet. \`goto <number>\` opens any exercise.`);
      return 1;
    }
    const position = exercises.findIndex(({ id }) => id === current);
    const following = [...exercises.slice(position + 1), ...exercises].find(({ id }) => !done.includes(id));
    if (!following) {
      terminal.say(terminal.paint('green', 'All exercises are done.'));
      return 0;
    }
    return folderCommands.goto(course, terminal, following);
  },

  async goto(course: Course, terminal: Terminal, exercise: Exercise): Promise<number> {
    const file = await course.prepare(exercise);
    await course.goTo(exercise);
    terminal.say(
      `${terminal.paint('bold', exercise.title)}`,
      `  read  ${shown(exerciseFile(exercise, 'README.md'))}`,
      `  edit  ${shown(file)}`,
    );
    return 0;
  },
};

export type FolderCommand = keyof typeof folderCommands;

export function isFolderCommand(name: string): name is FolderCommand {
  return Object.hasOwn(folderCommands, name);
}

/** Runs one of {@link folderCommands} with what was typed after it. */
export async function runFolderCommand(
  name: FolderCommand,
  words: readonly string[],
  course: Course,
  terminal: Terminal,
): Promise<number> {
  const [word] = words;
  const exercise = word === undefined ? await course.current() : exerciseNamed(word);
  if (words.length > 1 || !exercise || (name === 'goto' && word === undefined)) {
    const known = exercises.map(({ id }) => id).join(', ');
    terminal.say(`${name} takes the number or the name of an exercise: ${known}.`);
    return 2;
  }
  return folderCommands[name](course, terminal, exercise);
}
