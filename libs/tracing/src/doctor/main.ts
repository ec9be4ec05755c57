#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { HELP, parseCommandLine } from './command-line.ts';
import { noColour } from './config.ts';
import { diagnose } from './diagnosis.ts';
import { reportText } from './report.ts';
import { runProbe } from './run-probe.ts';

async function main(): Promise<number> {
  const command = parseCommandLine(process.argv.slice(2));
  if (command.kind === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (command.kind === 'wrong') {
    process.stderr.write(`span-links: ${command.why}. Try span-links --help.\n`);
    return 2;
  }
  // The link in node_modules/.bin leads to this file, and its companion files are beside it.
  const programDirectory = dirname(realpathSync(process.argv[1] ?? '.'));
  const diagnosis = diagnose(await runProbe({ ...command, programDirectory }), command.strict);
  const { isTTY, columns } = process.stdout;
  process.stdout.write(
    command.json
      ? `${JSON.stringify(diagnosis, null, 2)}\n`
      : reportText(diagnosis, { colour: isTTY && !noColour(), width: columns ?? 100 }),
  );
  return diagnosis.healthy ? 0 : 1;
}

void main().then((code) => (process.exitCode = code));
