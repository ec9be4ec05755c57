import { writeFile } from 'node:fs/promises';
import { exerciseFile } from './course.ts';
import type { Exercise } from './exercise.ts';
import { exercises } from './exercises/index.ts';
import { picture } from './picture.ts';
import { runExercise } from './run-exercise.ts';

/** The picture of an exercise, from the spans of its solution. */
export async function pictureOf(exercise: Exercise, databaseUrl: string): Promise<string> {
  const report = await runExercise(exercise, exerciseFile(exercise, 'solution.ts'), {
    databaseUrl,
    name: 'picture',
  });
  if (report.findings.length > 0)
    throw new Error(`The solution of ${exercise.id} is wrong: ${report.findings[0]?.says}`);
  const shown = report.spans.filter((span) => exercise.isPictured?.(span) ?? true);
  return picture(shown, exercise.title);
}

/** Draws the pictures of all pages again. @returns the exit code. */
export async function drawPictures(databaseUrl: string): Promise<number> {
  for (const exercise of exercises)
    await writeFile(exerciseFile(exercise, 'picture.svg'), await pictureOf(exercise, databaseUrl));
  return 0;
}
