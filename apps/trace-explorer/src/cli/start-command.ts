import { resolve } from 'node:path';
import type { ExplorerSettings } from '../config.ts';
import { explorerDataDir } from '../config.ts';
import { serveExplorer, type ExplorerAddresses } from '../serve-explorer.ts';
import { CommandError } from './explorer-client.ts';
import { importFiles } from './import-command.ts';
import { openBrowser } from './open-browser.ts';
import type { Terminal } from './terminal.ts';

export interface StartOptions {
  readonly port?: string | undefined;
  readonly data?: string | undefined;
  readonly memory?: boolean | undefined;
  readonly open?: boolean | undefined;
  readonly import?: readonly string[] | undefined;
  readonly token?: string | undefined;
  readonly terminal: Terminal;
}

/**
 * Runs the explorer for a person at a terminal: with the user's own data folder, and in parallel to
 * other explorers.
 */
export function startExplorer(options: StartOptions): Promise<void> {
  const { port, data, memory = false, token } = options;
  return serveExplorer({
    dataDir: explorerDataDir(),
    isThrowaway: memory,
    takesFreePorts: true,
    variables: {
      ...(port !== undefined && { EXPLORER_PORT: port }),
      ...(token !== undefined && { EXPLORER_TOKEN: token }),
      ...(data !== undefined && { EMBEDDED_POSTGRES_DIR: resolve(data) }),
      // Both need an embedded server, so the shell's setting is ignored.
      ...((data !== undefined || memory) && { EXPLORER_DATABASE_URL: '' }),
    },
    afterListen: (addresses, settings) => {
      if (settings.logFormat === 'human') process.stdout.write(welcome(addresses, settings, memory));
      void afterStart(addresses, settings, options);
    },
  });
}

function welcome(
  { http, grpc }: ExplorerAddresses,
  { token, databaseUrl, embeddedPostgresDir }: ExplorerSettings,
  isThrowaway: boolean,
): string {
  const place = isThrowaway
    ? 'in a temporary folder, which goes at the end'
    : databaseUrl === undefined
      ? (embeddedPostgresDir ?? explorerDataDir())
      : 'in the database of EXPLORER_DATABASE_URL';
  const lines = [
    ['Open', token === undefined ? http : `${http}/?token=…  (with the token, once per browser)`],
    ['Send', `OTEL_EXPORTER_OTLP_ENDPOINT=${http} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`],
    ...(grpc === undefined ? [] : [['', `OTEL_EXPORTER_OTLP_ENDPOINT=${grpc}  (SDKs that speak gRPC)`]]),
    ...(token === undefined ? [] : [['', 'OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20…"']]),
    ['Data', place],
    ['Stop', 'Ctrl-C'],
  ];
  return `\n${lines.map(([name = '', text = '']) => `  ${name.padEnd(6)}${text}\n`).join('')}\n`;
}

async function afterStart(
  { http }: ExplorerAddresses,
  { token }: ExplorerSettings,
  { open = false, import: files = [], terminal }: StartOptions,
): Promise<void> {
  if (open) {
    const address = token === undefined ? http : `${http}/?token=${encodeURIComponent(token)}`;
    if (!(await openBrowser(address))) terminal.line(`no browser could be started; open ${http} by hand`);
  }
  if (files.length === 0) return;
  try {
    const signal = new AbortController().signal;
    await importFiles({ files, address: { url: http, token }, restart: false, signal, terminal });
  } catch (error) {
    // The explorer keeps running, and the page shows earlier imports.
    if (!(error instanceof CommandError)) throw error;
    terminal.line(`span-links-explorer: ${error.message}`);
  }
}
