import { OtlpDecodeError } from './otlp-decode-error.ts';

/** Receives the structure of a JSON text. Offsets are those of the whole text. */
export interface JsonEvents {
  /** A value starts. Its first byte shows its type. */
  value(firstByte: number, offset: number): void;
  /** The last open value ends before this offset. */
  valueEnd(offset: number): void;
  /**
   * A key of an object as it is in the text, without its quotes. Its bytes are valid only during
   * the call. `mayHaveEscapes` is false if they certainly have no backslash. A very long key is
   * cut.
   */
  key(bytes: Uint8Array, start: number, end: number, mayHaveEscapes: boolean): void;
}

const enum State {
  value,
  firstItem,
  firstKey,
  nextKey,
  colon,
  afterValue,
  string,
  escape,
  hex,
  number,
  literal,
  end,
}

/**
 * The allowed continuation of a number. It may end after `zero`, `int`, `fraction` and `exponent`.
 */
const enum Num {
  minus,
  zero,
  int,
  point,
  fraction,
  e,
  sign,
  exponent,
}

/** Limit of nested objects and lists. OTLP's deepest valid value (48 nested maps) takes 208. */
export const MAX_JSON_DEPTH = 256;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
// No relevant key is longer, even if all of its characters are \u escapes.
const LONGEST_KEY = 128;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

/**
 * Reads JSON while its bytes arrive, in pieces of any size, and keeps only one byte per open object
 * or list. It accepts exactly what `JSON.parse` accepts, so an accepted text can be parsed piece by
 * piece.
 */
export class JsonTokens {
  readonly #events: JsonEvents;
  /** 1 for a list, 0 for an object. */
  readonly #isList = new Uint8Array(MAX_JSON_DEPTH + 1);
  #depth = 0;
  #state: State = State.value;
  #number: Num = Num.minus;
  #literal: Buffer = NULL;
  #read = 0;
  #isKey = false;
  #keyCarry: Buffer | undefined;
  #offset = 0;

  constructor(events: JsonEvents) {
    this.#events = events;
  }

  get depth(): number {
    return this.#depth;
  }

  /** @throws OtlpDecodeError, or an error of the events */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === State.string) at = this.#string(chunk, at);
      else if (this.#state === State.number) at = this.#digits(chunk, at);
      else {
        const byte = chunk[at]!;
        const isSpace = byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
        if (!isSpace || this.#state === State.escape || this.#state >= State.hex) this.#token(byte, at);
        at++;
      }
    }
    this.#offset += chunk.length;
  }

  /** @throws OtlpDecodeError if the text is incomplete */
  end(): void {
    if (this.#state === State.number) this.#numberEnds(this.#offset);
    if (this.#state !== State.end) throw this.#failure('the text ends too early');
  }

  #token(byte: number, at: number): void {
    const state = this.#state;
    switch (state) {
      case State.firstItem:
        if (byte === 0x5d) return this.#close(at);
        return this.#valueStarts(byte, at);
      case State.value:
        if (this.#depth === 0 && byte === BYTE_ORDER_MARK[this.#offset + at]) return;
        return this.#valueStarts(byte, at);
      case State.firstKey:
        if (byte === 0x7d) return this.#close(at);
        return this.#keyStarts(byte, at);
      case State.nextKey:
        return this.#keyStarts(byte, at);
      case State.colon:
        if (byte !== 0x3a) throw this.#failure('a colon is missing', at);
        this.#state = State.value;
        return;
      case State.afterValue:
        return this.#afterValue(byte, at);
      case State.end:
        if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return;
        throw this.#failure('more text follows the value', at);
      case State.literal:
      case State.escape:
      case State.hex:
        return this.#inside(byte, at);
      case State.string:
      case State.number:
        // `push` reads these in one go.
        return;
    }
  }

  #afterValue(byte: number, at: number): void {
    const isList = this.#isList[this.#depth] === 1;
    if (byte === 0x2c) this.#state = isList ? State.value : State.nextKey;
    else if (byte === (isList ? 0x5d : 0x7d)) this.#close(at);
    else throw this.#failure('a comma or the end of a list or an object is missing', at);
  }

  /** Reads inside an escape or a literal. */
  #inside(byte: number, at: number): void {
    if (this.#isKey && this.#state !== State.literal) this.#carry(Uint8Array.of(byte));
    if (this.#state === State.literal) {
      if (byte !== this.#literal[this.#read++]) throw this.#failure('a value is neither text nor number', at);
      if (this.#read === this.#literal.length) this.#valueEnds(this.#offset + at + 1);
    } else if (this.#state === State.escape) {
      if (byte === 0x75) {
        this.#read = 4;
        this.#state = State.hex;
      } else if (ESCAPED.has(byte)) this.#state = State.string;
      else throw this.#failure('an escape is not known', at);
    } else {
      if (!isHex(byte)) throw this.#failure('an escape has no four hex digits', at);
      if (--this.#read === 0) this.#state = State.string;
    }
  }

  #valueStarts(byte: number, at: number): void {
    const isOpening = byte === OPEN_OBJECT || byte === OPEN_LIST;
    if (isOpening && this.#depth >= MAX_JSON_DEPTH) {
      const detail = `objects and lists nest more than ${MAX_JSON_DEPTH} deep`;
      throw new OtlpDecodeError('too-deep', { offset: this.#offset + at }, detail);
    }
    this.#events.value(byte, this.#offset + at);
    if (isOpening) {
      this.#isList[++this.#depth] = byte === OPEN_LIST ? 1 : 0;
      this.#state = byte === OPEN_LIST ? State.firstItem : State.firstKey;
    } else if (byte === QUOTE) {
      this.#isKey = false;
      this.#state = State.string;
    } else if (byte === 0x2d || isDigit(byte)) {
      this.#number = byte === 0x2d ? Num.minus : byte === 0x30 ? Num.zero : Num.int;
      this.#state = State.number;
    } else {
      this.#literal = byte === 0x74 ? TRUE : byte === 0x66 ? FALSE : NULL;
      if (byte !== this.#literal[0]) throw this.#failure('a value is neither text nor number', at);
      this.#read = 1;
      this.#state = State.literal;
    }
  }

  #keyStarts(byte: number, at: number): void {
    if (byte !== QUOTE) throw this.#failure('a key is missing', at);
    this.#isKey = true;
    this.#keyCarry = undefined;
    this.#state = State.string;
  }

  /** Reads a text to its end or to an escape. @returns where to continue. */
  #string(chunk: Uint8Array, from: number): number {
    let at = from;
    let byte = 0;
    while (at < chunk.length && (byte = chunk[at]!) !== QUOTE && byte !== BACKSLASH && byte >= 0x20) at++;
    if (at < chunk.length && byte < 0x20) throw this.#failure('a text has a control character', at);
    if (this.#isKey) this.#keyPart(chunk, from, at, byte);
    if (at === chunk.length) return at;
    if (byte === BACKSLASH) this.#state = State.escape;
    else if (this.#isKey) this.#state = State.colon;
    else this.#valueEnds(this.#offset + at + 1);
    return at + 1;
  }

  #keyPart(chunk: Uint8Array, from: number, at: number, byte: number): void {
    const ends = at < chunk.length && byte === QUOTE;
    if (ends && this.#keyCarry === undefined) return this.#events.key(chunk, from, at, false);
    // An escape in the key, or the end of the piece: the parts are collected.
    this.#carry(chunk.subarray(from, ends || at === chunk.length ? at : at + 1));
    if (ends && this.#keyCarry) this.#events.key(this.#keyCarry, 0, this.#keyCarry.length, true);
  }

  #carry(part: Uint8Array): void {
    const carried = this.#keyCarry ?? Buffer.alloc(0);
    if (carried.length >= LONGEST_KEY) return;
    this.#keyCarry = Buffer.concat([carried, part.subarray(0, LONGEST_KEY)]);
  }

  #digits(chunk: Uint8Array, from: number): number {
    let at = from;
    for (; at < chunk.length; at++) {
      const next = numberAfter(this.#number, chunk[at]!);
      if (next === undefined) {
        this.#numberEnds(this.#offset + at);
        return at;
      }
      this.#number = next;
    }
    return at;
  }

  #numberEnds(offset: number): void {
    const may = this.#number;
    if (may !== Num.zero && may !== Num.int && may !== Num.fraction && may !== Num.exponent) {
      throw this.#failure('a number is not whole', offset - this.#offset);
    }
    this.#valueEnds(offset);
  }

  #close(at: number): void {
    this.#depth--;
    this.#valueEnds(this.#offset + at + 1);
  }

  #valueEnds(offset: number): void {
    this.#state = this.#depth === 0 ? State.end : State.afterValue;
    this.#events.valueEnd(offset);
  }

  #failure(detail: string, at = 0): OtlpDecodeError {
    const place = `${detail} at byte ${this.#offset + at}`;
    return new OtlpDecodeError('invalid-json', { path: '$' }, place);
  }
}

const ESCAPED = new Set(Buffer.from('"\\/bfnrt'));

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

/** @returns `undefined` if the byte is not part of the number */
function numberAfter(number: Num, byte: number): Num | undefined {
  if (isDigit(byte)) {
    if (number === Num.minus) return byte === 0x30 ? Num.zero : Num.int;
    if (number === Num.zero) return undefined;
    if (number === Num.point) return Num.fraction;
    return number === Num.e || number === Num.sign ? Num.exponent : number;
  }
  if (byte === 0x2e) return number === Num.zero || number === Num.int ? Num.point : undefined;
  if (byte === 0x65 || byte === 0x45) {
    return number === Num.zero || number === Num.int || number === Num.fraction ? Num.e : undefined;
  }
  return (byte === 0x2b || byte === 0x2d) && number === Num.e ? Num.sign : undefined;
}
