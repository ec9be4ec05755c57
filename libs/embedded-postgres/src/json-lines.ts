import type { Readable, Writable } from 'node:stream';

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
