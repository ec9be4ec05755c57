import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ReadableStream } from 'node:stream/web';
import { errorText } from '@span-links/service-shell';
import { ask, CommandError, type ExplorerAddress } from './explorer-client.ts';
import type { Terminal } from './terminal.ts';

export interface ExportCommandOptions {
  readonly address: ExplorerAddress;
  readonly query: string;
  /** Unix times in ns, decimal text. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly limit: string | undefined;
  /** A file, or standard output if missing. If the name ends in `.gz`, the file is compressed. */
  readonly output: string | undefined;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

/**
 * Writes the traces of a query as JSON lines of OTLP. A file gets its name when it is complete.
 *
 * @throws CommandError
 */
export async function exportTraces(options: ExportCommandOptions): Promise<number> {
  const { address, query, from, to, limit, output, signal, terminal } = options;
  const given = Object.entries({ q: query, from, to, limit }).filter(([, value]) => value) as [
    string,
    string,
  ][];
  const path = `/api/v1/export?${new URLSearchParams(given).toString()}`;
  const { body } = await ask(address, path, { signal });
  const counted = new LineCount((lines, bytes) => terminal.progress(`${lines} lines, ${bytes} bytes`));
  // The types of the web's streams differ between the DOM's and Node's.
  const source = Readable.fromWeb(body as unknown as ReadableStream);
  const part = output === undefined ? undefined : `${output}.part`;
  try {
    if (part === undefined || output === undefined)
      await pipeline(source, counted, process.stdout, { end: false, signal });
    else {
      const packing = output.endsWith('.gz') ? [createGzip()] : [];
      await pipeline([source, counted, ...packing, createWriteStream(part)], { signal });
      await rename(part, output);
    }
  } catch (error) {
    if (part !== undefined) await rm(part, { force: true });
    if (signal.aborted) throw error;
    // The reader has stopped: `| head`.
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return 0;
    const reason = errorText(error);
    throw new CommandError(`the export broke off after ${counted.lines} lines: ${reason}`);
  }
  terminal.line(`${counted.lines} lines of OTLP/JSON written${output === undefined ? '' : ` to ${output}`}`);
  return 0;
}

class LineCount extends Transform {
  lines = 0;
  #bytes = 0;

  constructor(private readonly onProgress: (lines: number, bytes: number) => void) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.#bytes += chunk.length;
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) this.lines++;
    this.onProgress(this.lines, this.#bytes);
    done(null, chunk);
  }
}
