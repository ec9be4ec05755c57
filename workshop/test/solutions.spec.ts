import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { HeldDatabase } from '@span-links/embedded-postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exercises } from '../src/exercises/index.ts';
import { runExercise } from '../src/run-exercise.ts';
import { testDatabase, testFolder } from './postgres.ts';
import { wrongSolutions, type Edits } from './wrong-solutions.ts';

const exerciseFile = (id: string, name: string) =>
  fileURLToPath(new URL(`../exercises/${id}/${name}.ts`, import.meta.url));

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

const findingsIn = async (id: string, file: string) => {
  const exercise = exercises.find((each) => each.id === id)!;
  const report = await runExercise(exercise, file, { databaseUrl: database.url, name: 'spec' });
  return { ...report, text: report.findings.map((finding) => `${finding.mistake}: ${finding.says}`) };
};

async function wrongFile(id: string, mistake: string, edits: Edits): Promise<string> {
  let text = await readFile(exerciseFile(id, 'solution'), 'utf8');
  for (const [from, to] of edits) {
    if (text.split(from).length !== 2)
      throw new Error(`${id} ${mistake}: the solution has not once: ${from}`);
    text = text.replace(from, () => to);
  }
  const file = join(place.folder, `${id}-${mistake.replace('/', '-')}.ts`);
  await writeFile(file, text);
  return file;
}

describe.each(exercises.map(({ id }) => id))('exercise %s', (id) => {
  it('finds nothing wrong with its solution', async () => {
    const report = await findingsIn(id, exerciseFile(id, 'solution'));
    expect(report.text).toEqual([]);
    expect(report.praise).not.toBe('');
    expect(report.spotlight).toBeDefined();
  });

  it('finds something to do in its starting point', async () => {
    expect((await findingsIn(id, exerciseFile(id, 'start'))).findings).not.toEqual([]);
  });

  it.each(Object.entries(wrongSolutions[id] ?? {}))(
    'names the mistake %s and no other',
    async (name, edits) => {
      const [mistake] = name.split('/');
      const report = await findingsIn(id, await wrongFile(id, name, edits));
      expect(
        report.findings.map((finding) => finding.mistake),
        `${report.text.join('\n')}\n${report.output}`,
      ).toEqual([mistake]);
    },
  );

  it('has at least four wrong solutions', () => {
    expect(Object.keys(wrongSolutions[id] ?? {}).length).toBeGreaterThanOrEqual(4);
  });
});
