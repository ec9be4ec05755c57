import type { Readable, Writable } from 'node:stream';
import type { EmbeddedPostgresFailure } from './embedded-postgres-error.ts';

/**
 * A holder's messages to the guardian. The connection is the hold: a process holds the database exactly as long as it
 * is connected.
 */
export type HolderMessage = { kind: 'hold'; database: string } | { kind: 'release' };

/** The guardian's messages to a holder. */
export type GuardianMessage =
  | { kind: 'progress'; line: string }
  /** The server is down, for this reason, and is being started again. */
  | { kind: 'trouble'; line: string }
  | { kind: 'ready'; url: string }
  /** The server is not available: not for this hold or, after `ready`, not any more. */
  | { kind: 'failed'; failure: EmbeddedPostgresFailure; message: string }
  /** The release is done: others still hold. */
  | { kind: 'kept' }
  /**
   * The server is being stopped, and the end of the guardian closes the connection. Nobody should start the server
   * again for this hold.
   */
  | { kind: 'stopping' };

/** The one message of a launched guardian on its standard output. */
export type LaunchMessage = { kind: 'claimed' } | { kind: 'lost' };

/** The command line of the guardian's entry. */
export interface GuardianTask {
  /** `launch` starts `guard` and ends, which removes the guardian from the launching process's tree. */
  step: 'launch' | 'guard';
  dataDir: string;
  generation: number;
  tempDir: string;
}

/** Far above any message here. A longer line is no message and ends the reading. */
const MAX_LINE = 65_536;

/** Calls back with each line's JSON value. Skips a line that is not JSON: the peer may have another version. */
export function onJsonLine(stream: Readable, listener: (message: unknown) => void): void {
  let pending = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    if (pending.length > MAX_LINE) stream.destroy();
    for (const line of lines) {
      const message = parse(line);
      if (message !== undefined) listener(message);
    }
  });
}

export function writeJsonLine(stream: Writable, message: object): void {
  if (stream.writable) stream.write(`${JSON.stringify(message)}\n`);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
