#!/usr/bin/env node
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { errorText } from '@span-links/service-shell';
import { commandConfig, configHelp } from '../config.ts';
import { CommandError, explorerAddress } from './explorer-client.ts';
import { exportTraces } from './export-command.ts';
import { importFiles } from './import-command.ts';
import { terminalOf } from './terminal.ts';
import { unixNsOf } from './unix-time.ts';
import { version } from '../version.ts';

const HELP = `span-links-explorer: a trace explorer that keeps both ends of every span link

  span-links-explorer [start]             runs the explorer until Ctrl-C; start --help lists its variables, too
      --port PORT                         of the page, the API and OTLP/HTTP: 4318, or a free one if it is taken
      --data DIR                          where its database is; the user's own data folder without it
      --memory                            keeps the data until the explorer stops, and not longer
      --import FILE                       imports a file once it runs; more than one is possible
      --open                              opens the page in the browser
  span-links-explorer migrate             brings the tables of its database up to date
  span-links-explorer import FILE…        sends files to a running explorer; - is standard input
      --restart                           from the start of each file, whatever a run before has sent
  span-links-explorer export              writes traces as JSON lines of OTLP
      --query QUERY                       as in the page's search box; all traces without it
      --from TIME, --to TIME              starts of traces: 2026-11-29T14:00Z, 2h (ago), or unix time in ns
      --limit N                           traces at most, the newest first
      --output FILE                       standard output without it; packed if its name ends in .gz
  span-links-explorer mcp                 tools for coding agents over standard input and output (MCP); they read from a running
                                          explorer, which serves the same at /mcp

  --url URL       of the explorer that import, export and mcp talk to; EXPLORER_URL, else http://127.0.0.1:4318
  --token TOKEN   asked for by the explorer, or sent to it; EXPLORER_TOKEN does the same and is in no list of processes
  --help, --version

Import reads JSON lines of the Collector's file exporter, OTLP/JSON, Tempo's batches and Jaeger's data, plain or gzip. A run that was broken off
goes on where it was; spans that are there are not stored twice.
Exit codes: 0; 1 if a part could not be read or stored, or the explorer did not answer; 2 for a command that is not understood.
`;

/** The options that import and export share. */
const ADDRESS = {
  url: { type: 'string' },
  token: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
const terminal = terminalOf(process.stderr);
const stop = new AbortController();

class UsageError extends Error {}

process.exitCode = await run(process.argv.slice(2)).catch((error: unknown) => {
  if (stop.signal.aborted) {
    terminal.line('stopped; the same command goes on from here');
    return 130;
  }
  if (error instanceof UsageError) {
    terminal.line(`span-links-explorer: ${error.message}; --help lists the commands`);
    return 2;
  }
  if (!(error instanceof CommandError)) throw error;
  terminal.line(`span-links-explorer: ${error.message}`);
  return 1;
});

async function run(args: readonly string[]): Promise<number> {
  const [command = 'start', ...rest] = args;
  switch (command) {
    case 'start':
      return runStart(rest);
    case 'mcp':
      return runMcp(rest);
    case 'migrate':
      await import('../migrate.ts');
      return 0;
    case 'import':
      return runImport(rest);
    case 'export':
      return runExport(rest);
    case '--help':
    case '-h':
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case '--version':
      process.stdout.write(`${version}\n`);
      return 0;
    default:
      if (command.startsWith('-')) return runStart(args);
      throw new UsageError(`there is no command ${JSON.stringify(command)}`);
  }
}

async function runStart(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = { port: text, data: text, memory: flag, open: flag, token: text, help: ADDRESS.help };
  const { values } = parsed(args, { ...options, import: { ...text, multiple: true } }, false);
  if (values.help) {
    process.stdout.write(`${HELP}\nVariables of start:\n\n${configHelp()}`);
    return 0;
  }
  if (values.memory && values.data !== undefined) {
    throw new UsageError('--memory keeps no data, so there is nothing for --data to say');
  }
  if (values.port !== undefined && !(/^\d{1,5}$/.test(values.port) && Number(values.port) < 65_536)) {
    throw new UsageError(`--port is ${JSON.stringify(values.port)}; it has to be a number from 0 to 65535`);
  }
  // Loaded only here, so that the other commands need no server code.
  const { startExplorer } = await import('./start-command.ts');
  await startExplorer({ ...values, terminal });
  return 0;
}

async function runMcp(args: readonly string[]): Promise<number> {
  const { values } = parsed(args, ADDRESS, false);
  if (values.help) return help();
  const { serveMcp } = await import('./mcp-command.ts');
  return serveMcp(addressOf(values), terminal);
}

async function runImport(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, { ...ADDRESS, restart: { type: 'boolean' } }, true);
  if (values.help) return help();
  if (positionals.length === 0) throw new UsageError('import takes one file or more');
  stopAtSignals();
  return importFiles({
    files: positionals,
    address: addressOf(values),
    restart: values.restart ?? false,
    signal: stop.signal,
    terminal,
  });
}

async function runExport(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parsed(
    args,
    { ...ADDRESS, query: text, from: text, to: text, limit: text, output: { ...text, short: 'o' } },
    false,
  );
  if (values.help) return help();
  stopAtSignals();
  return exportTraces({
    address: addressOf(values),
    query: values.query ?? '',
    from: timeOf('--from', values.from),
    to: timeOf('--to', values.to),
    limit: values.limit,
    output: values.output,
    signal: stop.signal,
    terminal,
  });
}

/** Ends a command in order at Ctrl-C. A second Ctrl-C ends the process. */
function stopAtSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
}

function parsed<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
  allowPositionals: boolean,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals, strict: true });
  } catch (error) {
    throw new UsageError(errorText(error));
  }
}

function addressOf({
  url,
  token,
}: {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}) {
  const known = commandConfig();
  return explorerAddress({ url: url ?? known.url, token: token ?? known.token });
}

function timeOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ns = unixNsOf(text, Date.now());
  if (ns === undefined) {
    throw new UsageError(
      `${option} is ${JSON.stringify(text)}; it has to be a time such as 2026-11-29T14:00Z, 2h or a unix time in ns`,
    );
  }
  return ns;
}

function help(): number {
  process.stdout.write(HELP);
  return 0;
}
