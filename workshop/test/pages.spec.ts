import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { HeldDatabase } from '@span-links/embedded-postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exerciseFile, HINT_LEVELS, hintsOf } from '../src/course.ts';
import { pictureOf } from '../src/draw-pictures.ts';
import { exercises } from '../src/exercises/index.ts';
import { testDatabase, testFolder } from './postgres.ts';

let place: { folder: string; remove: () => Promise<void> };
let database: HeldDatabase;
beforeAll(async () => {
  place = await testFolder();
  database = await testDatabase(place.folder);
});
afterAll(async () => {
  await database.release();
  await place.remove();
});

const text = (name: string) => readFile(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8');

describe.each(exercises)('the page of $id', (exercise) => {
  it('has an idea, its picture, a task, a look, mistakes, and further reading', async () => {
    const page = await readFile(exerciseFile(exercise, 'README.md'), 'utf8');
    expect(page.split('\n')[0]).toBe(`# ${exercise.id[0]} ${exercise.title}`);
    expect(page).toContain('**The idea.**');
    expect(page.match(/!\[.+\]\(picture\.svg\)/g)).toHaveLength(1);
    for (const heading of ['The situation', 'The task', 'Look at it', 'Common mistakes', 'Read on'])
      expect(page).toContain(`\n## ${heading}\n`);
    expect(page).toMatch(/https:\/\/(opentelemetry\.io|www\.w3\.org)\//);
  });

  it('has three hints, which get longer', async () => {
    const hints = await hintsOf(exercise);
    expect(hints).toHaveLength(HINT_LEVELS);
    expect(hints.every((hint) => hint.length > 50)).toBe(true);
  });

  it('shows the spans of its solution in its picture; `node workshop/dist/main.js pictures` draws it again', async () => {
    const stored = await readFile(exerciseFile(exercise, 'picture.svg'), 'utf8');
    expect(await pictureOf(exercise, database.url)).toBe(stored);
  });

  it('is in the list of exercises, in the slides and in the guide', async () => {
    expect(await text('README.md')).toContain(`(exercises/${exercise.id})`);
    expect(await text('presenter.md')).toMatch(new RegExp(`exercise ${exercise.id[0]}`, 'i'));
    expect(await text('slides.md')).toMatch(new RegExp(`^## ${exercise.id[0]} `, 'm'));
  });
});

it('has a folder for each exercise, numbered without a gap', () => {
  expect(exercises.map(({ id }) => id[0])).toEqual(exercises.map((_, index) => String(index + 1)));
});
