import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Far from 5432, so that it does not collide with a PostgreSQL of the user. */
export const PREFERRED_PORT = 54_329;

/** Returns the port of the last start, or the preferred port for the first start. */
export function rememberedPort(portFile: string): number {
  try {
    const port = Number(readFileSync(portFile, 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : PREFERRED_PORT;
  } catch {
    return PREFERRED_PORT;
  }
}

/** A port that cannot be stored may differ next time. That is no reason to fail a running server. */
export function rememberPort(portFile: string, port: number): void {
  // Write the file only if the port changes: on a full disk, a rewrite would leave it empty.
  if (existsSync(portFile) && rememberedPort(portFile) === port) return;
  try {
    writeFileSync(portFile, `${port}\n`);
  } catch {
    // See above.
  }
}

/** Returns `wanted` if nothing listens there, otherwise a port that the system picks. */
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
