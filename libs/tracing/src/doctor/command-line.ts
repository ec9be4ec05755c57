import { parseArgs } from 'node:util';

export const HELP = `Usage: span-links doctor [options]

Starts a Node.js process just as yours is started, looks at the OpenTelemetry set-up in it, tells it to end, and says
what would cost you span links. NODE_OPTIONS, OTEL_* variables and the working directory count as they do for your
process. Nothing of your application runs unless you name it with --app, and no span is exported.

  --import <module>    loaded first, as with node --import; may be repeated
  --require <module>   loaded first, as with node --require; may be repeated
  --env-file <file>    as with node --env-file; may be repeated
  --app <file>         run the application, too: for set-ups that it starts itself
  --wait <seconds>     how long the application gets to come up (5)
  --timeout <seconds>  when to give up (30)
  --strict             warnings count as problems
  --json               the findings as JSON
  --help               this text

Exit code: 0 when nothing is wrong, 1 when something needs a fix, 2 when the command line is wrong.

  npx span-links doctor --import @span-links/tracing/register
  npx span-links doctor --import ./instrumentation.js --env-file .env --strict
  npx span-links doctor --app dist/main.js
`;

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly why: string }
  | {
      readonly kind: 'doctor';
      readonly nodeFlags: readonly string[];
      readonly app: readonly string[] | undefined;
      readonly appWaitMs: number;
      readonly deadlineMs: number;
      readonly strict: boolean;
      readonly json: boolean;
    };

const MAX_SECONDS = 3_600;

export function parseCommandLine(args: readonly string[]): Command {
  try {
    return parsed(args);
  } catch (error) {
    return { kind: 'wrong', why: error instanceof Error ? error.message : String(error) };
  }
}

function parsed(args: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      import: { type: 'string', multiple: true, default: [] },
      require: { type: 'string', short: 'r', multiple: true, default: [] },
      'env-file': { type: 'string', multiple: true, default: [] },
      app: { type: 'string' },
      wait: { type: 'string', default: '5' },
      timeout: { type: 'string', default: '30' },
      strict: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) return { kind: 'help' };
  if (command !== 'doctor') return { kind: 'wrong', why: `Unknown command "${command}"` };
  if (rest.length > 0 && values.app === undefined) {
    return { kind: 'wrong', why: `Unexpected "${rest[0]}"; an application is named with --app` };
  }
  const appWaitMs = milliseconds('--wait', values.wait);
  const deadlineMs = milliseconds('--timeout', values.timeout);
  return {
    kind: 'doctor',
    nodeFlags: [
      ...values['env-file'].map((file) => `--env-file=${file}`),
      ...values.require.flatMap((module) => ['--require', module]),
      ...values.import.flatMap((module) => ['--import', module]),
    ],
    app: values.app === undefined ? undefined : [values.app, ...rest],
    appWaitMs,
    deadlineMs: values.app === undefined ? deadlineMs : deadlineMs + appWaitMs,
    strict: values.strict,
    json: values.json,
  };
}

function milliseconds(option: string, text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds > 0 && seconds <= MAX_SECONDS) return seconds * 1_000;
  throw new Error(`${option} "${text}" is not a number of seconds up to ${MAX_SECONDS}`);
}
