/**
 * Lists whose elements are passed on one by one, so that a file of one large document needs no more
 * memory than its largest element.
 */
export const LISTS = ['resourceSpans', 'batches', 'data'] as const;
export type ListName = (typeof LISTS)[number];

/** Objects around such a list: Tempo's `trace` and grpc-gateway's `result`, as in Jaeger's API v3. */
const WRAPPERS: ReadonlySet<string> = new Set(['trace', 'result']);

/** One element of a list. */
export interface JsonElement {
  readonly list: ListName;
  readonly json: Buffer;
  /** The first line of the element, from 1. */
  readonly line: number;
}

/** A document, or a part of one, that cannot be used. The rest is still read. */
export interface JsonFault {
  readonly line: number;
  readonly message: string;
  /** The keys of a valid document without any of {@link LISTS}; undefined for other faults. */
  readonly keys?: readonly string[];
}

export interface JsonSink {
  element(element: JsonElement): void;
  fault(fault: JsonFault): void;
  /** The end of a document. */
  document(): void;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const RECORD_SEPARATOR = 0x1e;
const MAX_KEYS = 8;
const MAX_KEY_BYTES = 256;

/** The kind of an open container. */
type Level = 'documents' | 'document' | 'list' | 'skipped';

/**
 * Finds the elements of {@link LISTS} in a stream of JSON documents: JSON lines, documents over
 * many lines, and arrays of documents. It only looks at quotes and brackets and leaves the rest to
 * the parser of an element. It is a separate parser because numbers of more than 53 bits must keep
 * their digits, and errors must name their line.
 *
 * A line that breaks off (the sender was killed) loses only its document: the next line that begins
 * with a brace starts a new one.
 */
export class JsonDocuments {
  line = 1;
  readonly #levels: Level[] = [];
  #inString = false;
  #isEscaped = false;
  /** True to skip to the next line because the text is not JSON. */
  #isLost = false;
  /** The bytes of the current string if it may be a key; undefined in values. */
  #key: number[] | undefined;
  #lastKey: string | undefined;
  #keys: string[] = [];
  #hasList = false;
  #documentLine = 1;
  #list: ListName | undefined;
  /** Chunks of the current element. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #elementDepth = 0;
  #elementLine = 1;
  #isTooLarge = false;
  #isLineStart = true;

  constructor(
    private readonly sink: JsonSink,
    private readonly maxElementBytes: number,
  ) {}

  /** Bytes that are held until an element is complete. */
  get heldBytes(): number {
    return this.#partBytes;
  }

  feed(chunk: Buffer): void {
    let from = this.#elementDepth > 0 ? 0 : -1;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte === NEWLINE) {
        this.#newline();
        if (this.#elementDepth === 0) from = -1;
        continue;
      }
      if (this.#isLineStart && byte === OPEN_BRACE && this.#isBrokenOff()) {
        this.#breakOff('the document breaks off at the end of its line');
        from = -1;
      }
      this.#isLineStart = false;
      if (this.#isLost) continue;
      if (this.#inString) this.#stringByte(byte);
      else if (this.#elementDepth > 0) {
        if (this.#elementByte(byte)) {
          this.#endElement(chunk.subarray(from, at + 1));
          from = -1;
        }
      } else if (this.#byte(byte)) from = at;
    }
    if (this.#elementDepth > 0) this.#keep(chunk.subarray(Math.max(from, 0)));
  }

  /** Reports unclosed elements. */
  end(): void {
    if (this.#levels.length > 0 && !this.#isLost) this.#breakOff('the file ends within a document');
  }

  #newline(): void {
    this.line++;
    this.#isLineStart = true;
    // A string cannot cross a line end, so this line is broken.
    if (this.#inString) this.#breakOff('a string is not closed');
    this.#isLost = false;
  }

  /**
   * True if the document of an earlier line is still open and another one begins at the left edge.
   */
  #isBrokenOff(): boolean {
    const isOpen = this.#levels.some((level) => level === 'document');
    return isOpen && this.line === this.#documentLine + 1;
  }

  #breakOff(message: string): void {
    this.#fault({ line: this.#documentLine, message });
  }

  #fault(fault: JsonFault): void {
    this.sink.fault(fault);
    this.#levels.length = 0;
    this.#inString = this.#isEscaped = false;
    this.#dropElement();
  }

  #lose(message: string): void {
    this.#fault({ line: this.line, message });
    this.#isLost = true;
  }

  #stringByte(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      if (this.#key) this.#lastKey = Buffer.from(this.#key).toString('utf8');
      this.#key = undefined;
      return;
    }
    if (this.#key && this.#key.length < MAX_KEY_BYTES) this.#key.push(byte);
  }

  /** Reads a byte within an element. @returns true if the element ends here. */
  #elementByte(byte: number): boolean {
    if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#elementDepth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return --this.#elementDepth === 0;
    return false;
  }

  /** Reads a byte outside of elements. @returns true if an element begins here. */
  #byte(byte: number): boolean {
    const level = this.#levels.at(-1);
    switch (byte) {
      case QUOTE:
        this.#inString = true;
        if (level === 'document') this.#key = [];
        else if (level === undefined || level === 'documents') this.#lose('the text is not a JSON object');
        return false;
      case OPEN_BRACE:
        return this.#openObject(level);
      case OPEN_BRACKET:
        this.#openArray(level);
        return false;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        this.#close(level);
        return false;
      case COLON:
        if (level === 'document') this.#noteKey();
        return false;
      case COMMA:
        if (level === 'document') this.#lastKey = undefined;
        return false;
      default:
        if (byte <= 0x20 || byte === RECORD_SEPARATOR) return false;
        if (level === undefined || level === 'documents') this.#lose('the text is not a JSON object');
        return false;
    }
  }

  #noteKey(): void {
    if (this.#lastKey !== undefined && this.#keys.length < MAX_KEYS) this.#keys.push(this.#lastKey);
  }

  #openObject(level: Level | undefined): boolean {
    if (level === 'list') {
      this.#elementDepth = 1;
      this.#elementLine = this.line;
      return true;
    }
    if (level === undefined || level === 'documents') {
      this.#levels.push('document');
      this.#documentLine = this.line;
      this.#keys = [];
      this.#hasList = false;
      this.#lastKey = undefined;
      return false;
    }
    const isWrapper = level === 'document' && this.#lastKey !== undefined && WRAPPERS.has(this.#lastKey);
    this.#levels.push(isWrapper ? 'document' : 'skipped');
    this.#lastKey = undefined;
    return false;
  }

  #openArray(level: Level | undefined): void {
    if (level === undefined) {
      this.#levels.push('documents');
      return;
    }
    const list = LISTS.find((name) => name === this.#lastKey);
    if (level === 'document' && list !== undefined) {
      this.#levels.push('list');
      this.#list = list;
      this.#hasList = true;
    } else this.#levels.push('skipped');
    this.#lastKey = undefined;
  }

  #close(level: Level | undefined): void {
    if (level === undefined) {
      this.#lose('a bracket closes what was never opened');
      return;
    }
    this.#levels.pop();
    const isOutermost = !this.#levels.some((outer) => outer === 'document');
    if (level !== 'document' || !isOutermost) return;
    if (!this.#hasList && this.#keys.length > 0) {
      const keys = this.#keys;
      this.sink.fault({ line: this.#documentLine, message: unknownDocument(keys), keys });
    }
    this.sink.document();
  }

  #keep(part: Buffer): void {
    this.#partBytes += part.length;
    if (this.#partBytes > this.maxElementBytes) this.#isTooLarge = true;
    if (this.#isTooLarge) this.#parts.length = 0;
    // A copy, because the chunk belongs to the stream and may mostly contain other elements.
    else this.#parts.push(Buffer.from(part));
  }

  #endElement(last: Buffer): void {
    this.#keep(last);
    const line = this.#elementLine;
    if (this.#isTooLarge) {
      const message = `an element of ${this.#list ?? 'a list'} has ${this.#partBytes} bytes; at most ${this.maxElementBytes} are taken`;
      this.sink.fault({ line, message });
    } else {
      const json = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
      this.sink.element({ list: this.#list!, json, line });
    }
    this.#dropElement();
  }

  #dropElement(): void {
    this.#parts = [];
    this.#partBytes = this.#elementDepth = 0;
    this.#isTooLarge = false;
  }
}

/** Says that a document is not supported, and names its format if its keys show it. */
export function unknownDocument(keys: readonly string[]): string {
  const known = 'known are resourceSpans (OTLP), batches (Tempo) and data (Jaeger)';
  const shown = keys.map((key) => JSON.stringify(key.slice(0, 60))).join(', ');
  return `no spans in a document with the keys ${shown}; ${known}`;
}
