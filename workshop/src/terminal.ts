import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Exercise } from './exercise.ts';
import { exercises } from './exercises/index.ts';
import type { Progress } from './course.ts';
import { hunks, lineDiff } from './line-diff.ts';
import type { RunReport } from './run-exercise.ts';

const COLOURS = { red: 31, green: 32, yellow: 33, cyan: 36, bold: 1, dim: 2 } as const;

/** Prints for the reader. */
export class Terminal {
  readonly #write: (text: string) => void;
  readonly #isColoured: boolean;

  constructor(write: (text: string) => void, isColoured: boolean) {
    this.#write = write;
    this.#isColoured = isColoured;
  }

  say(...lines: readonly string[]): void {
    for (const line of lines) this.#write(`${line}\n`);
  }

  paint(colour: keyof typeof COLOURS, text: string): string {
    return this.#isColoured ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
  }

  /** The exercises, with what is done and where the reader is. */
  list({ current, done }: Progress): void {
    this.say('');
    for (const { id, title, minutes } of exercises) {
      const mark = done.includes(id)
        ? this.paint('green', '✔')
        : id === current
          ? this.paint('yellow', '▶')
          : '·';
      this.say(`  ${mark} ${id.padEnd(15)} ${title}  ${this.paint('dim', `${minutes} min`)}`);
    }
    this.say('', `  ${done.length} of ${exercises.length} done`, '');
  }

  /** Prints the result of a run. */
  report(exercise: Exercise, file: string, report: RunReport, link: string | undefined): void {
    const output = stripVTControlCharacters(report.output).trim();
    if (output !== '') this.say(this.paint('dim', indented(output)));
    const count = `${report.spans.length} spans`;
    for (const { says, line, detail } of report.findings) {
      const place = `${shown(file)}${line === undefined ? '' : `:${line}`}`;
      this.say(this.paint('red', `✘ ${exercise.id}`) + ` (${count})`, indented(says));
      this.say(`  ${this.paint('cyan', place)}`);
      if (detail !== undefined) this.say(this.paint('dim', indented(detail)));
    }
    if (report.findings.length === 0)
      this.say(this.paint('green', `✔ ${exercise.id}`) + ` (${count})`, indented(report.praise));
    if (link !== undefined) this.say(`  look at it: ${link}`);
  }

  /** How one text becomes another. */
  difference(before: string, after: string): void {
    const lines = hunks(lineDiff(before, after));
    if (lines.length === 0) this.say('Your file is the solution.');
    for (const line of lines) {
      if (!line) this.say(this.paint('dim', '  …'));
      else if (line.kind === ' ') this.say(`  ${line.text}`);
      else this.say(this.paint(line.kind === '-' ? 'red' : 'green', `${line.kind} ${line.text}`));
    }
  }
}

/** A path as the reader would type it. */
export function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}
