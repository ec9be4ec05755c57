import { access } from 'node:fs/promises';
import { exerciseFile, type Course } from './course.ts';
import type { Exercise } from './exercise.ts';
import { exerciseNamed, exercises } from './exercises/index.ts';
import { runExercise, type RunPlace } from './run-exercise.ts';
import type { Terminal } from './terminal.ts';

interface VerifyOptions extends RunPlace {
  readonly course: Course;
  readonly terminal: Terminal;
}

/** Words of `verify`: which exercises, and whether the reader's files or the solutions. */
export function verifyPlan(words: readonly string[]): { ofSolutions: boolean; chosen: Exercise[] } | string {
  const names = words.filter((word) => word !== '--solutions');
  const chosen = names.map(exerciseNamed);
  const unknown = names[chosen.indexOf(undefined)];
  if (unknown !== undefined)
    return `verify takes --solutions and exercises, and ${JSON.stringify(unknown)} is neither.`;
  const all = names.length === 0 ? exercises : chosen.filter((exercise) => exercise !== undefined);
  return { ofSolutions: words.includes('--solutions'), chosen: [...all] };
}

/** Runs the reader's files, or the solutions, without waiting for a save. @returns the exit code. */
export async function verifyFiles(words: readonly string[], options: VerifyOptions): Promise<number> {
  const { course, terminal } = options;
  const plan = verifyPlan(words);
  if (typeof plan === 'string') {
    terminal.say(plan);
    return 2;
  }
  let isRight = true;
  for (const exercise of plan.chosen) {
    if (options.signal?.aborted) return 1;
    const file = plan.ofSolutions ? exerciseFile(exercise, 'solution.ts') : course.fileOf(exercise);
    const exists = await access(file).then(
      () => true,
      () => false,
    );
    if (!exists) {
      terminal.say(`${terminal.paint('red', `✘ ${exercise.id}`)} is not begun`);
      isRight = false;
      continue;
    }
    const report = await runExercise(exercise, file, options);
    terminal.report(exercise, file, report, undefined);
    if (report.findings.length > 0) isRight = false;
    else if (!plan.ofSolutions) await course.markDone(exercise);
  }
  return isRight ? 0 : 1;
}
