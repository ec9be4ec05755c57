import type { ResolvedLink } from '@span-links/explorer-api';

/** The container that gathers the links of a page. */
export interface LinkList<Links> {
  add(link: ResolvedLink): void;
  /** Returns all added links. */
  links(): Links;
}

export class LinkObjects implements LinkList<readonly ResolvedLink[]> {
  readonly #links: ResolvedLink[] = [];

  add(link: ResolvedLink): void {
    this.#links.push(link);
  }

  links(): readonly ResolvedLink[] {
    return this.#links;
  }
}

// Large enough that the call costs nothing, small enough that the garbage collector frees the
// objects before it moves them.
const BATCH_LINKS = 100;

/**
 * The links as JSON. The bytes of each batch go to a buffer at once: 10,000 objects or texts that
 * live until the end cost the garbage collector more than everything else together.
 */
export class LinkJson implements LinkList<string> {
  #batch: ResolvedLink[] = [];
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  add(link: ResolvedLink): void {
    this.#batch.push(link);
    if (this.#batch.length === BATCH_LINKS) this.#write();
  }

  links(): string {
    this.#write();
    return `[${this.#bytes.toString('utf8', 0, this.#length)}]`;
  }

  #write(): void {
    if (this.#batch.length === 0) return;
    const list = JSON.stringify(this.#batch).slice(1, -1);
    const text = this.#length === 0 ? list : `,${list}`;
    this.#makeRoom(this.#length + text.length * MAX_BYTES_PER_CODE_UNIT);
    this.#length += this.#bytes.write(text, this.#length);
    this.#batch = [];
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(bytes, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

const MAX_BYTES_PER_CODE_UNIT = 3;
