import { createReadStream } from 'node:fs';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { errorText } from '@span-links/service-shell';
import { JsonDocuments, type JsonElement, type JsonFault } from '../import/json-documents.ts';
import type { ImportReport } from '../import/trace-import.ts';
import { ask, CommandError, type ExplorerAddress } from './explorer-client.ts';
import type { Terminal } from './terminal.ts';

const gzipAsync = promisify(gzip);

/** The size of one part: large enough to be fast, and small enough that a Ctrl-C loses little. */
const PART_BYTES = 4 * 1024 * 1024;
/** The number of elements in one part. Each element is a line. */
const PART_ELEMENTS = 20_000;
/** The largest limit that an explorer can be configured to. */
const MAX_ELEMENT_BYTES = 256 * 1024 * 1024;
const MAX_ERRORS_SHOWN = 20;
const MAX_TRIES = 10;

/** Written next to an unfinished file, so that the same command continues from there. */
interface Progress {
  readonly size: number;
  readonly modifiedMs: number;
  /** Elements and broken documents that the explorer has acknowledged. */
  readonly done: number;
}

interface Totals {
  spans: number;
  stored: number;
  duplicates: number;
  refused: number;
  faults: number;
  shown: number;
  readonly skipped: { logs: number; metrics: number; profiles: number };
}

export interface ImportCommandOptions {
  readonly files: readonly string[];
  readonly address: ExplorerAddress;
  readonly restart: boolean;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

/**
 * Sends files to a running explorer in parts. Each part is on the disk once it is acknowledged.
 *
 * @returns the exit code: 1 if a part of a file could not be read or stored
 */
export async function importFiles(options: ImportCommandOptions): Promise<number> {
  let exitCode = 0;
  for (const file of options.files) {
    const totals = await new FileImport(file, options).run();
    const { spans, stored, duplicates, refused, faults } = totals;
    const skipped = Object.entries(totals.skipped).filter(([, count]) => count > 0);
    options.terminal.line(
      [
        `${nameOf(file)}: ${spans} spans read, ${stored} stored, ${duplicates} known before`,
        ...(refused > 0 ? [`${refused} refused`] : []),
        ...(faults > 0 ? [`${faults} parts not readable`] : []),
        ...skipped.map(([signal, count]) => `${count} documents of ${signal} left out`),
      ].join(', '),
    );
    if (refused > 0 || faults > 0) exitCode = 1;
  }
  return exitCode;
}

class FileImport {
  readonly #totals: Totals = {
    spans: 0,
    stored: 0,
    duplicates: 0,
    refused: 0,
    faults: 0,
    shown: 0,
    skipped: { logs: 0, metrics: 0, profiles: 0 },
  };
  readonly #documents: JsonDocuments;
  readonly #found: (JsonElement | JsonFault)[] = [];
  #part: Buffer[] = [];
  #partBytes = 0;
  /** The lines of the file for each line of the part. */
  #partLines: number[] = [];
  /** Elements and faults so far, and the number of those that an earlier run has done. */
  #seen = 0;
  #skip = 0;
  #readBytes = 0;
  #size: number | undefined;
  #modifiedMs = 0;
  #hasSent = false;

  constructor(
    private readonly file: string,
    private readonly options: ImportCommandOptions,
  ) {
    this.#documents = new JsonDocuments(
      {
        element: (element) => this.#found.push(element),
        fault: (fault) => this.#found.push(fault),
        document: () => undefined,
      },
      MAX_ELEMENT_BYTES,
    );
  }

  async run(): Promise<Totals> {
    await this.#readProgress();
    try {
      for await (const chunk of this.#chunks()) {
        this.options.signal.throwIfAborted();
        this.#documents.feed(chunk);
        await this.#takeFound();
      }
    } catch (error) {
      if (this.options.signal.aborted || error instanceof CommandError) throw error;
      throw new CommandError(`${nameOf(this.file)} cannot be read: ${errorText(error)}`);
    }
    this.#documents.end();
    await this.#takeFound();
    await this.#send();
    await this.#forgetProgress();
    return this.#totals;
  }

  async #takeFound(): Promise<void> {
    for (const found of this.#found.splice(0)) {
      this.#seen++;
      if (this.#seen <= this.#skip) continue;
      if ('message' in found) this.#fault(found);
      else this.#addLine(found);
      if (this.#partBytes >= PART_BYTES || this.#partLines.length >= PART_ELEMENTS) await this.#send();
    }
  }

  #fault({ line, message, keys = [] }: JsonFault): void {
    const { skipped } = this.#totals;
    if (keys.includes('resourceLogs')) skipped.logs++;
    else if (keys.includes('resourceMetrics')) skipped.metrics++;
    else if (keys.includes('resourceProfiles')) skipped.profiles++;
    else {
      this.#totals.faults++;
      this.#show(line, message);
    }
  }

  #show(line: number, message: string): void {
    this.#totals.shown++;
    if (this.#totals.shown <= MAX_ERRORS_SHOWN) {
      this.options.terminal.line(`${nameOf(this.file)}, line ${line}: ${message}`);
    } else if (this.#totals.shown === MAX_ERRORS_SHOWN + 1) {
      this.options.terminal.line('further errors are counted, and not shown');
    }
  }

  /**
   * Writes an element as a document of one line. A newline within it is only white space, because
   * strings have none.
   */
  #addLine({ list, json, line }: JsonElement): void {
    const oneLine = json.includes(0x0a) ? Buffer.from(json.toString('utf8').replace(/[\r\n]+/g, ' ')) : json;
    const parts = [Buffer.from(`{"${list}":[`), oneLine, Buffer.from(']}\n')];
    this.#part.push(...parts);
    this.#partBytes += oneLine.length;
    this.#partLines.push(line);
  }

  async #send(): Promise<void> {
    if (this.#partLines.length > 0) {
      const body = await gzipAsync(Buffer.concat(this.#part), { level: 1 });
      const report = await this.#post(body);
      this.#count(report);
    }
    this.#part = [];
    this.#partLines = [];
    this.#partBytes = 0;
    await this.#writeProgress();
    const percent = this.#size ? `${Math.floor((100 * this.#readBytes) / this.#size)} %, ` : '';
    this.options.terminal.progress(`${nameOf(this.file)}: ${percent}${this.#totals.spans} spans`);
  }

  /** Retries if the explorer is overloaded, restarting or without its database. */
  async #post(body: Buffer): Promise<ImportReport> {
    const { signal, address } = this.options;
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await ask(address, '/api/v1/import', {
          method: 'POST',
          headers: { 'content-encoding': 'gzip', 'content-type': 'application/x-ndjson' },
          body,
          signal,
        });
        this.#hasSent = true;
        return (await response.json()) as ImportReport;
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        const { isAway, isPassing, body: answer } = error.answer;
        // No part could be read. The answer counts that too.
        if (answer && 'faults' in answer) return answer as unknown as ImportReport;
        if (!(isPassing || (isAway && this.#hasSent)) || attempt === MAX_TRIES) throw error;
        this.options.terminal.progress(`${error.message}; trying again`);
        await wait(Math.min(attempt, 5) * 1_000, undefined, { signal });
      }
    }
  }

  #count(report: ImportReport): void {
    for (const name of ['spans', 'stored', 'duplicates', 'refused', 'faults'] as const) {
      this.#totals[name] += report[name];
    }
    for (const { line, message } of report.errors) this.#show(this.#partLines[line - 1] ?? line, message);
    const from = this.#partLines[0];
    for (const reason of report.reasons) this.#show(from ?? 1, `and what follows: ${reason}`);
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    const source =
      this.file === '-' ? process.stdin : createReadStream(this.file, { highWaterMark: 256 * 1024 });
    source.on('data', (chunk: Buffer) => (this.#readBytes += chunk.length)).pause();
    const isPacked = this.file === '-' ? false : await startsWithGzip(this.file);
    if (!isPacked) yield* source as AsyncIterable<Buffer>;
    else {
      const gunzip = createGunzip();
      source.once('error', (error: Error) => gunzip.destroy(error));
      yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
    }
  }

  get #progressFile(): string {
    return `${this.file}.import-progress`;
  }

  async #readProgress(): Promise<void> {
    if (this.file === '-') return;
    try {
      const { size, mtimeMs } = await stat(this.file);
      this.#size = size;
      this.#modifiedMs = mtimeMs;
    } catch (error) {
      throw new CommandError(`${nameOf(this.file)} cannot be read: ${errorText(error)}`);
    }
    if (this.options.restart) return;
    try {
      const known = JSON.parse(await readFile(this.#progressFile, 'utf8')) as Progress;
      // A file that has changed since is read from its start. Stored spans are recognized.
      if (known.size !== this.#size || known.modifiedMs !== this.#modifiedMs) return;
      this.#skip = known.done;
      this.options.terminal.line(`${nameOf(this.file)}: goes on after ${known.done} parts of a run before`);
    } catch {
      // Missing or unreadable: starts from the beginning.
    }
  }

  async #writeProgress(): Promise<void> {
    if (this.#size === undefined || this.#seen <= this.#skip) return;
    const progress: Progress = { size: this.#size, modifiedMs: this.#modifiedMs, done: this.#seen };
    // If the folder is not writable, only the restart from here is lost.
    await writeFile(this.#progressFile, JSON.stringify(progress)).catch(() => undefined);
  }

  async #forgetProgress(): Promise<void> {
    if (this.#size !== undefined) await rm(this.#progressFile, { force: true }).catch(() => undefined);
  }
}

async function startsWithGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : basename(file);
}
