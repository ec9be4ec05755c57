import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Far from 5432, so that a PostgreSQL of the user's own is not in the way. */
export const PREFERRED_PORT = 54_329;

/** The port of the last start, or the preferred one on the first. */
export function rememberedPort(portFile: string): number {
  try {
    const port = Number(readFileSync(portFile, 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : PREFERRED_PORT;
  } catch {
    return PREFERRED_PORT;
  }
}

/** A port that cannot be written down may differ next time; that is no reason to fail a server that runs. */
export function rememberPort(portFile: string, port: number): void {
  try {
    writeFileSync(portFile, `${port}\n`);
  } catch {
    // See above.
  }
}

/** `wanted` if nothing listens there, otherwise one that the system picks. */
export async function freePort(wanted: number): Promise<number> {
  return (await tryToListen(wanted)) ?? (await tryToListen(0)) ?? wanted;
}

function tryToListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const bound = (server.address() as AddressInfo).port;
      server.close(() => resolve(bound));
    });
  });
}
