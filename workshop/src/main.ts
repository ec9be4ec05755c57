import { runCommand } from '@span-links/service-shell';
import { config, configHelp, type WorkshopConfig } from './config.ts';
import { isFolderCommand, runFolderCommand } from './commands.ts';
import { Course } from './course.ts';
import { openDatabase } from './database.ts';
import { openRoom } from './room.ts';
import { drawPictures } from './draw-pictures.ts';
import { runSession } from './session.ts';
import { Terminal } from './terminal.ts';
import { verifyFiles, verifyPlan } from './verify.ts';

const HELP = `The workshop on span links: six exercises that check themselves.

npm run workshop                        starts the explorer, and runs your file after each save
npm run workshop list                   the exercises and your progress
npm run workshop hint                   the next of three hints
npm run workshop solution               the difference between your file and the solution
npm run workshop reset                  back to the starting point; your work is kept beside it
npm run workshop next                   the next exercise, once this one is done
npm run workshop goto 3                 any exercise
npm run workshop verify                 checks all of your files once; exit code 1 if one is wrong
npm run workshop -- verify --solutions  checks the solutions
npm run workshop room                   one explorer for a whole room

The commands work in a second terminal and, without "npm run workshop", in the running session.
hint, solution, reset, goto and verify take the number of an exercise.

Environment variables:

`;

const words = process.argv.slice(2);
if (words.some((word) => word === '--help' || word === '-h' || word === 'help')) {
  process.stdout.write(HELP + configHelp());
  process.exit(0);
}

await runCommand({ name: 'workshop', config, configHelp, run });

async function run(signal: AbortSignal, settings: WorkshopConfig): Promise<number> {
  const terminal = new Terminal((text) => process.stdout.write(text), process.stdout.isTTY === true);
  const course = new Course(settings.folder);
  const [name, ...rest] = words;
  if (name === undefined) return runSession({ settings, course, terminal, signal });
  if (isFolderCommand(name)) return runFolderCommand(name, rest, course, terminal);
  if (name === 'verify') return verify(rest, { signal, settings, course, terminal });
  if (name === 'pictures' && rest.length === 0) return withDatabase(settings, terminal, drawPictures);
  if (name === 'room' && rest.length === 0) return openRoom({ signal, settings, terminal });
  terminal.say(`There is no command ${JSON.stringify(words.join(' '))}; see npm run workshop -- --help.`);
  return 2;
}

interface Place {
  readonly signal: AbortSignal;
  readonly settings: WorkshopConfig;
  readonly course: Course;
  readonly terminal: Terminal;
}

async function verify(
  rest: readonly string[],
  { signal, settings, course, terminal }: Place,
): Promise<number> {
  const plan = verifyPlan(rest);
  if (typeof plan === 'string') {
    terminal.say(plan);
    return 2;
  }
  return withDatabase(settings, terminal, (databaseUrl) =>
    verifyFiles(rest, { course, terminal, databaseUrl, name: settings.name, signal }),
  );
}

async function withDatabase(
  settings: WorkshopConfig,
  terminal: Terminal,
  work: (databaseUrl: string) => Promise<number>,
): Promise<number> {
  const database = await openDatabase(settings, (line) => terminal.say(line));
  try {
    return await work(database.url);
  } finally {
    await database.release();
  }
}
