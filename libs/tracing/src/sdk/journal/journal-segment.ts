import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { headerLine, resourceLine, scopeLine, type Redact } from './journal-record.ts';
import type { JournaledResource, JournaledScope } from './journaled-span.ts';

/**
 * One file of a journal. Each write has reached the kernel when it returns, so the death of the process cannot undo it.
 * The file is not flushed (fsync takes a millisecond), so a power failure can.
 */
export class JournalSegment {
  readonly path: string;
  readonly #fd: number;
  readonly #redact: Redact;
  #headerBytes = 0;
  #bytes = 0;
  #resources = new Map<JournaledResource, { readonly id: number; settled: boolean }>();
  #scopes = new Map<JournaledScope, number>();
  /** Spans that were started here and are not acknowledged yet. */
  readonly open = new Set<string>();
  /** Among those, the spans that the queue has given up. */
  readonly lost = new Set<string>();

  /**
   * @throws the error of the file system.
   */
  constructor(path: string, redact: Redact) {
    this.path = path;
    this.#redact = redact;
    this.#fd = openSync(path, 'ax', 0o600);
    this.append(headerLine(Date.now()));
    this.#headerBytes = this.#bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Writes whole lines or, if the disk is full, nothing. @throws the error of the file system. */
  append(lines: string): void {
    const bytes = encoded(lines);
    let written = 0;
    try {
      written = writeSync(this.#fd, bytes);
    } finally {
      // A torn line in the middle would spoil the one after it.
      if (written !== bytes.length) ftruncateSync(this.#fd, this.#bytes);
    }
    if (written !== bytes.length)
      throw Object.assign(new Error('ENOSPC: the disk is full'), { code: 'ENOSPC' });
    this.#bytes += bytes.length;
  }

  /** The number of a resource in this file. */
  resource(resource: JournaledResource): number {
    const known = this.#resources.get(resource);
    const settled = resource.asyncAttributesPending !== true;
    if (known !== undefined && (known.settled || !settled)) return known.id;
    const id = known?.id ?? this.#resources.size;
    this.append(resourceLine(id, resource, this.#redact));
    this.#resources.set(resource, { id, settled });
    if (!settled) this.#rewriteOnceSettled(resource);
    return id;
  }

  /** The number of a scope in this file. */
  scope(scope: JournaledScope): number {
    const known = this.#scopes.get(scope);
    if (known !== undefined) return known;
    const id = this.#scopes.size;
    this.append(scopeLine(id, scope));
    this.#scopes.set(scope, id);
    return id;
  }

  /** Empties a file whose spans are all acknowledged. */
  reset(): void {
    if (this.#bytes === this.#headerBytes) return;
    ftruncateSync(this.#fd, this.#headerBytes);
    this.#bytes = this.#headerBytes;
    this.#resources = new Map();
    this.#scopes = new Map();
  }

  /** Shows other processes that this one is alive. Returns false if the file is gone. */
  touch(): boolean {
    try {
      const now = new Date();
      utimesSync(this.path, now, now);
      return statSync(this.path).ino === fstatSync(this.#fd).ino;
    } catch {
      return false;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  discard(): void {
    this.close();
    try {
      unlinkSync(this.path);
    } catch {
      // Another process has already cleaned up.
    }
  }

  #rewriteOnceSettled(resource: JournaledResource): void {
    const again = (): void => {
      try {
        if (this.#resources.has(resource)) this.resource(resource);
      } catch {
        // The file is closed, or the disk full. The known result stands.
      }
    };
    resource.waitForAsyncAttributes?.().then(again, again);
  }
}

/** Large enough for a span with 128 links. Each write ends before the next begins. */
const buffer = Buffer.allocUnsafeSlow(128 * 1024);
const MAX_BYTES_A_CHARACTER = 3;

/** A new buffer of 20 KB for each span with 128 links would keep the garbage collector busy. */
function encoded(lines: string): Buffer {
  if (lines.length * MAX_BYTES_A_CHARACTER > buffer.length) return Buffer.from(lines);
  return buffer.subarray(0, buffer.write(lines));
}
