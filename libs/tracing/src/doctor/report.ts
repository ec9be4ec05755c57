import type { Diagnosis } from './diagnosis.ts';
import type { Finding, Verdict } from './finding.ts';

const SIGNS: Readonly<Record<Verdict, string>> = {
  ok: '✔',
  warning: '▲',
  problem: '✖',
  'not applicable': '·',
};

/** SGR codes: green, yellow, red, dim. */
const COLOURS: Readonly<Record<Verdict, number>> = { ok: 32, warning: 33, problem: 31, 'not applicable': 2 };

const MAX_WIDTH = 110;
const MIN_WIDTH = 40;

export interface ReportStyle {
  readonly colour: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

/** The findings as a table: sign, check, observation, and the fix below. */
export function reportText({ findings, counts }: Diagnosis, style: ReportStyle): string {
  const checkWidth = Math.max(...findings.map(({ check }) => check.length));
  const indent = ' '.repeat(checkWidth + 4);
  const textWidth = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, style.width)) - indent.length;
  const paint = (verdict: Verdict, text: string): string =>
    style.colour ? `\u001b[${COLOURS[verdict]}m${text}\u001b[0m` : text;
  const lines = findings.flatMap(({ check, verdict, found, fix }: Finding) => {
    const [first = '', ...rest] = wrapped(found, textWidth);
    return [
      `${paint(verdict, SIGNS[verdict])} ${check.padEnd(checkWidth)}  ${verdict === 'not applicable' ? paint(verdict, first) : first}`,
      ...rest.map((line) => indent + line),
      ...(fix === undefined ? [] : wrapped(fix, textWidth - 2)).map(
        (line, index) => `${indent}${index === 0 ? '→' : ' '} ${line}`,
      ),
    ];
  });
  const summary = [
    plural(counts.problem, 'problem'),
    plural(counts.warning, 'warning'),
    `${counts.ok} ok`,
  ].join(', ');
  const worst = counts.problem > 0 ? 'problem' : counts.warning > 0 ? 'warning' : 'ok';
  return [...lines, '', paint(worst, summary), ''].join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
