import { appendFile, readFile, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { context, type Context } from '@opentelemetry/api';
import type { HandOver } from '../hand-over.ts';
import { spanSizeBytes } from '../span-size.ts';
import { isDead, isLeftSocket, ownerOf, removeSocket, socketOwnerOf, type Owner } from './journal-owner.ts';
import { acknowledgedLine } from './journal-record.ts';
import { ATTR_INTERRUPTED, keyOf, type JournaledSpan } from './journaled-span.ts';
import { readLeftSpans } from './left-spans.ts';
import type { LeftFile, SpanJournal } from './span-journal.ts';

/** How often a process looks for files of processes that were killed after its own start. */
const LOOK_INTERVAL_MS = 30_000;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
/** Spans that no backend takes for this long are given up. The explorer keeps a trace as long. */
const MAX_AGE_MS = 7 * 24 * 3_600_000;
const MAX_REQUEST_SPANS = 512;
const MAX_REQUEST_BYTES = 1024 * 1024;

export interface JournalRecoveryOptions {
  readonly journal: SpanJournal;
  /** Gives spans to the backend. Never rejects. */
  readonly deliver: (spans: JournaledSpan[]) => Promise<HandOver>;
  readonly log: (line: string) => void;
  /** The context of all this work. */
  readonly quietContext: Context;
}

/** Counts of the spans that other processes had left. */
export interface RecoveredSpans {
  /** Taken by the backend. */
  readonly recovered: number;
  /** Among those, the spans that had not ended. */
  readonly interrupted: number;
}

/**
 * Sends the spans that dead processes have left in the folder of a journal, and those that this one had to give up.
 * Never throws, and keeps no process alive.
 */
export class JournalRecovery {
  readonly #options: JournalRecoveryOptions;
  readonly #files: LeftFile[] = [];
  #pass: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #closed = false;
  #recovered = 0;
  #interrupted = 0;

  constructor(options: JournalRecoveryOptions) {
    this.#options = options;
  }

  get counts(): RecoveredSpans {
    return { recovered: this.#recovered, interrupted: this.#interrupted };
  }

  /** Begins in the next turn of the event loop, beside the start of the application. */
  start(): void {
    this.#waitMs(0);
  }

  /** Resolves when all sendable spans are sent. */
  async finish(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await (this.#pass ?? this.#run());
  }

  #waitMs(ms: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#run(), ms).unref();
  }

  #run(): Promise<void> {
    this.#pass ??= context
      .with(this.#options.quietContext, () => this.#look())
      .then(
        (pauseMs) => pauseMs,
        // The folder cannot be read. If it cannot be written either, the journal reports it.
        () => LOOK_INTERVAL_MS,
      )
      .then((pauseMs) => {
        this.#pass = undefined;
        this.#waitMs(pauseMs);
      });
    return this.#pass;
  }

  /** Resolves to the milliseconds until the next look is worthwhile. */
  async #look(): Promise<number> {
    this.#files.push(...this.#options.journal.takeLost(), ...(await this.#claimLeft()));
    const before = this.counts;
    let pauseMs = LOOK_INTERVAL_MS;
    while (this.#files[0] !== undefined) {
      const retryAfterMs = await this.#send(this.#files[0]);
      if (retryAfterMs === undefined) {
        this.#files.shift();
        continue;
      }
      pauseMs = Math.max(retryAfterMs, this.#pauseMs);
      this.#pauseMs = Math.min(this.#pauseMs * 2, MAX_PAUSE_MS);
      break;
    }
    const recovered = this.#recovered - before.recovered;
    if (recovered > 0) {
      this.#pauseMs = FIRST_PAUSE_MS;
      const interrupted = this.#interrupted - before.interrupted;
      this.#options.log(
        `the journal held spans with links that a process had left: ${recovered} sent, ${interrupted} of them interrupted by its end`,
      );
    }
    return pauseMs;
  }

  async #claimLeft(): Promise<LeftFile[]> {
    const { journal } = this.#options;
    const names = await readdir(journal.folder).catch(() => []);
    const left: LeftFile[] = [];
    let othersBytes = 0;
    for (const { owner, files, touchedAtMs } of await this.#otherOwners(names)) {
      const dead = await isDead(owner, journal.folder, touchedAtMs);
      for (const { name, bytes } of files) {
        othersBytes += bytes;
        const file = dead ? journal.claim(name) : undefined;
        if (file !== undefined) left.push(file);
      }
      if (dead && owner.lock === 's') removeSocket(journal.folder, owner.id);
    }
    journal.noteOthersBytes(othersBytes);
    await this.#sweepSockets(names);
    return left;
  }

  async #otherOwners(names: readonly string[]): Promise<OtherOwner[]> {
    const { journal } = this.#options;
    const owners = new Map<string, OtherOwner>();
    for (const name of names) {
      const owner = ownerOf(name);
      if (owner === undefined || journal.isOwn(name)) continue;
      const file = await stat(join(journal.folder, name)).catch(() => undefined);
      if (file === undefined) continue;
      const known = owners.get(owner.id) ?? { owner, files: [], touchedAtMs: 0 };
      known.files.push({ name, bytes: file.size });
      known.touchedAtMs = Math.max(known.touchedAtMs, file.mtimeMs);
      owners.set(owner.id, known);
    }
    return [...owners.values()];
  }

  /** Sockets whose process died when it had no file. */
  async #sweepSockets(names: readonly string[]): Promise<void> {
    const { folder } = this.#options.journal;
    const withFiles = new Set(names.map((name) => ownerOf(name)?.id));
    for (const name of names) {
      const socket = socketOwnerOf(name);
      if (socket === undefined || withFiles.has(socket.id)) continue;
      if (socket.isNew) await this.#removeOld(join(folder, name));
      else if (await isLeftSocket(folder, socket.id)) removeSocket(folder, socket.id);
    }
  }

  async #removeOld(path: string): Promise<void> {
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > 60_000) await unlink(path).catch(() => {});
  }

  /** Resolves to undefined when the file is finished, otherwise to the milliseconds that the backend asks to wait. */
  async #send(file: LeftFile): Promise<number | undefined> {
    const { journal, deliver, log } = this.#options;
    const text = await readFile(file.path, 'utf8');
    const left = readLeftSpans(text, file.lastSeenAtMs);
    // Its version of this library may still come back. A torn header has no spans behind it.
    if (left === undefined && text.includes('\n')) return undefined;
    for (const spans of batches(left?.spans ?? [])) {
      const outcome = await deliver(spans);
      if (!outcome.taken && (outcome.failure.retryable || outcome.failure.isUnanswered === true)) {
        if (Date.now() - (left?.createdAtMs ?? 0) < MAX_AGE_MS) return outcome.failure.retryAfterMs ?? 0;
        log(`the journal gives up spans with links that no backend has taken for a week: ${spans.length}`);
      }
      if (outcome.taken) this.#count(spans);
      // If this process is killed as well, the next one does not start from the beginning. The last line may be torn.
      await appendFile(file.path, `\n${acknowledgedLine(spans.map(keyOf))}`).catch(() => {});
    }
    journal.finished(file);
    return undefined;
  }

  #count(spans: readonly JournaledSpan[]): void {
    this.#recovered += spans.length;
    this.#interrupted += spans.filter(({ attributes }) => attributes[ATTR_INTERRUPTED] === true).length;
  }
}

interface OtherOwner {
  readonly owner: Owner;
  readonly files: { readonly name: string; readonly bytes: number }[];
  touchedAtMs: number;
}

function* batches(spans: readonly JournaledSpan[]): Generator<JournaledSpan[]> {
  let batch: JournaledSpan[] = [];
  let bytes = 0;
  for (const span of spans) {
    const spanBytes = spanSizeBytes(span);
    if (batch.length > 0 && (batch.length === MAX_REQUEST_SPANS || bytes + spanBytes > MAX_REQUEST_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(span);
    bytes += spanBytes;
  }
  if (batch.length > 0) yield batch;
}
