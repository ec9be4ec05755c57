import { readdirSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { context, type Context } from '@opentelemetry/api';
import type { EndedSpan } from '../span-pipeline.ts';
import { JournalCover } from './journal-cover.ts';
import { makePrivateFolder } from './journal-folder.ts';
import { OwnLock, TOUCH_INTERVAL_MS, fileName, ownerOf } from './journal-owner.ts';
import { acknowledgedLine, endLine, startLine, type Redact } from './journal-record.ts';
import { JournalSegment } from './journal-segment.ts';
import { keyOf, type JournaledSpan } from './journaled-span.ts';

/** A span is written to one segment only; when a segment is full, the next spans go to a new one. */
const SEGMENT_BYTES = 4 * 1024 * 1024;
/**
 * An empty file is cut to its header when it has grown to this size. Earlier, the cut would cost more than it saves.
 */
const RESET_BYTES = 64 * 1024;

export interface SpanJournalOptions {
  /** A separate folder. It is made with the first span. */
  readonly folder: string;
  /** Limit on all files in the folder together. */
  readonly maxBytes: number;
  /** Applied to attributes before they are written. */
  readonly redact?: Redact;
  readonly log: (line: string) => void;
  /** The context of all writes. */
  readonly quietContext: Context;
}

interface Entry {
  readonly segment: JournalSegment;
  /** Undefined once the end is written. */
  startedWith?: { readonly links: number; readonly droppedLinks: number };
}

/** A file without a living writer. */
export interface LeftFile {
  readonly path: string;
  readonly lastSeenAtMs: number;
}

/**
 * Records on disk which spans with links have started and ended and are not yet acknowledged by the backend, so that
 * the next process can send the spans of a killed one. Nothing here throws: if the journal cannot be written, spans
 * lose its cover, but are never lost by it.
 */
export class SpanJournal {
  readonly #options: SpanJournalOptions;
  readonly #redact: Redact;
  readonly #cover: JournalCover;
  readonly #entries = new Map<string, Entry>();
  readonly #segments = new Set<JournalSegment>();
  /** Files of this owner from which spans are being sent. */
  readonly #handedOut = new Set<string>();
  #current: JournalSegment | undefined;
  #lock: OwnLock | undefined;
  #nextNumber = 0;
  #touches: NodeJS.Timeout | undefined;
  /** Bytes of other owners' files, when they were last looked at. */
  #othersBytes: number | undefined;
  #closed = false;

  constructor(options: SpanJournalOptions) {
    this.#options = options;
    this.#cover = new JournalCover(options.folder, options.log);
    this.#redact = options.redact ?? ((attributes) => attributes);
  }

  get folder(): string {
    return this.#options.folder;
  }

  /** Spans with links that were not written, because the journal was full or could not be written. */
  get uncovered(): number {
    return this.#cover.uncovered;
  }

  /** A span with links has started. */
  started(span: JournaledSpan): void {
    if (this.#closed) return;
    this.#guarded(span, () => this.#writeStart(span));
  }

  /** A span with links has ended. Writes the links that were added after the start. */
  ended(span: JournaledSpan): void {
    const entry = this.#entries.get(keyOf(span));
    // Nobody waits for spans that start and end after the journal is closed.
    if (entry === undefined && this.#closed) return;
    this.#guarded(span, () => {
      if (entry?.startedWith === undefined) {
        // Linked with addLink, or not covered at its start.
        if (entry === undefined) this.#writeStart(span, endLine(span, false, this.#redact));
        return;
      }
      const { links, droppedLinks } = entry.startedWith;
      const sameLinks = span.links.length === links && span.droppedLinksCount === droppedLinks;
      // Also beyond the limit: a span without its end would show as interrupted.
      entry.segment.append(endLine(span, !sameLinks, this.#redact));
      delete entry.startedWith;
    });
  }

  /** The backend has taken these spans, or will never take them. */
  acknowledged(spans: readonly EndedSpan[]): void {
    const keys = new Map<JournalSegment, string[]>();
    const keysOf = (segment: JournalSegment): string[] => {
      const known = keys.get(segment) ?? [];
      keys.set(segment, known);
      return known;
    };
    for (const span of spans) {
      // Most spans have no links and are not in the journal. Making their keys took a quarter of its time.
      if (span.links.length === 0) continue;
      const key = keyOf(span);
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      this.#entries.delete(key);
      entry.segment.open.delete(key);
      entry.segment.lost.delete(key);
      keysOf(entry.segment).push(key);
    }
    for (const [segment, done] of keys) {
      this.#guarded(undefined, () => {
        if (segment.open.size > 0) segment.append(acknowledgedLine(done));
        else if (segment === this.#current && !this.#closed) {
          if (segment.bytes > RESET_BYTES) segment.reset();
          else segment.append(acknowledgedLine(done));
        } else this.#drop(segment);
      });
    }
    if (this.#closed) this.#releaseIfEmpty();
  }

  /** This process has given these spans up for now; {@link takeLost} returns them later. */
  lost(spans: readonly EndedSpan[]): void {
    for (const span of spans) {
      const key = keyOf(span);
      const segment = this.#entries.get(key)?.segment;
      if (segment !== undefined) segment.lost.add(key);
    }
  }

  /** Releases files whose remaining spans were all given up, so that the caller sends them from there. */
  takeLost(): LeftFile[] {
    const files: LeftFile[] = [];
    for (const segment of this.#segments) {
      if (segment.lost.size === 0 || segment.lost.size < segment.open.size) continue;
      for (const key of segment.open) this.#entries.delete(key);
      if (segment === this.#current) this.#current = undefined;
      this.#segments.delete(segment);
      this.#guarded(undefined, () => segment.close());
      this.#handedOut.add(segment.path);
      files.push({ path: segment.path, lastSeenAtMs: Date.now() });
    }
    return files;
  }

  /** Takes over a dead owner's file. Undefined if another process was faster. */
  claim(name: string): LeftFile | undefined {
    try {
      const from = join(this.folder, name);
      const lastSeenAtMs = statSync(from).mtimeMs;
      const path = this.#newPath();
      renameSync(from, path);
      this.#handedOut.add(path);
      return { path, lastSeenAtMs };
    } catch {
      return undefined;
    }
  }

  /** All spans of a file that was handed out are handled. */
  finished({ path }: LeftFile): void {
    this.#handedOut.delete(path);
    try {
      unlinkSync(path);
    } catch {
      // It is gone already.
    }
    if (this.#closed) this.#releaseIfEmpty();
  }

  isOwn(name: string): boolean {
    return this.#lock !== undefined && ownerOf(name)?.id === this.#lock.owner.id;
  }

  /** Sets how much other owners have in the folder. */
  noteOthersBytes(bytes: number): void {
    this.#othersBytes = bytes;
  }

  /** Takes no more spans. Files with unacknowledged spans stay for the next process. */
  close(): void {
    this.#closed = true;
    this.#releaseIfEmpty();
  }

  #writeStart(span: JournaledSpan, end = ''): void {
    if (this.#cover.rests) {
      this.#cover.uncovered++;
      return;
    }
    const segment = this.#writable();
    const resource = segment.resource(span.resource);
    const scope = segment.scope(span.instrumentationScope);
    const lines = startLine(span, resource, scope, this.#redact) + end;
    if (this.#bytes + lines.length > this.#options.maxBytes) {
      this.#cover.full(this.#options.maxBytes);
      return;
    }
    segment.append(lines);
    this.#cover.written();
    const key = keyOf(span);
    segment.open.add(key);
    const startedWith = { links: span.links.length, droppedLinks: span.droppedLinksCount };
    this.#entries.set(key, { segment, ...(end === '' && { startedWith }) });
  }

  /** The total size of all files in the folder. */
  get #bytes(): number {
    let bytes = this.#othersBytes ?? 0;
    for (const segment of this.#segments) bytes += segment.bytes;
    return bytes;
  }

  #writable(): JournalSegment {
    if (this.#current !== undefined && this.#current.bytes < SEGMENT_BYTES) return this.#current;
    const full = this.#current;
    this.#current = new JournalSegment(this.#newPath(), this.#redact);
    this.#segments.add(this.#current);
    if (full?.open.size === 0) this.#drop(full);
    this.#touches ??= setInterval(() => this.#touch(), TOUCH_INTERVAL_MS).unref();
    return this.#current;
  }

  #newPath(): string {
    if (this.#lock === undefined) {
      makePrivateFolder(this.folder);
      this.#othersBytes ??= bytesIn(this.folder);
      this.#lock = new OwnLock(this.folder);
    }
    return join(this.folder, fileName(this.#lock.owner, this.#nextNumber++));
  }

  /** A missing file was taken for that of a dead process, or deleted. New spans go to a new file. */
  #touch(): void {
    for (const segment of this.#segments) {
      if (segment.touch()) continue;
      for (const key of segment.open) this.#entries.delete(key);
      if (segment === this.#current) this.#current = undefined;
      this.#segments.delete(segment);
      this.#guarded(undefined, () => segment.close());
    }
  }

  #drop(segment: JournalSegment): void {
    this.#segments.delete(segment);
    if (segment === this.#current) this.#current = undefined;
    segment.discard();
  }

  #releaseIfEmpty(): void {
    for (const segment of this.#segments)
      if (segment.open.size === 0) this.#guarded(undefined, () => this.#drop(segment));
    // The socket then outlives this journal, and a refused connection shows the next process when this one has ended.
    if (this.#segments.size + this.#handedOut.size > 0) return;
    clearInterval(this.#touches);
    this.#lock?.release();
    this.#lock = undefined;
  }

  #guarded(span: JournaledSpan | undefined, write: () => void): void {
    try {
      context.with(this.#options.quietContext, write);
    } catch (error) {
      if (span !== undefined) this.#cover.uncovered++;
      this.#cover.failed(error);
    }
  }
}

function bytesIn(folder: string): number {
  let bytes = 0;
  for (const name of readdirSync(folder)) {
    if (ownerOf(name) !== undefined)
      bytes += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
