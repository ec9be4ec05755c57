// Marks the type between the key and the value: "1" the string and 1 the number are two attributes.
// Four units of ASCII never read as one of these because none is 0.
const STRING_TAG = 0x1_0000;
const NUMBER_TAG = 0x2_0000;
const BOOLEAN_TAG = 0x3_0000;
// Odd constants with well-spread bits: the golden ratio's, and those of MurmurHash3's finalisers.
const FIRST_FACTOR = 0x9e37_79b1;
const SECOND_FACTOR = 0x85eb_ca6b;
const FINAL_FACTOR_A = 0xc2b2_ae35;
const FINAL_FACTOR_B = 0x27d4_eb2f;

/**
 * The number of units of a key or a value that count. A filter cannot tell values with the same
 * beginning apart. This costs a look at the spans but never loses a span, and a statement of 10 KB
 * costs no more than a path.
 */
export const HASHED_UNITS = 256;

const REPLACEMENT = 0xfffd;
const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/**
 * Hashes of attributes, 64 bits each, for the filters of blocks (see
 * sql/migrations/0002-attribute-filters.sql): two numbers per attribute in one growing array,
 * without other objects.
 *
 * Two attributes that `@>` cannot tell apart have the same hash. Text counts as the database holds
 * it, with U+FFFD for unsupported characters, and all spellings of one number count as the nearest
 * double. The filters on the disk depend on every line here: if you change one, all filters must be
 * rebuilt.
 *
 * `string`, `number` and `boolean` take an attribute in one call. For bytes instead of strings,
 * call {@link begin}, pass the key by {@link text} or {@link ascii}, and end with {@link
 * endString}, {@link endNumber} or {@link endBoolean}.
 */
export class AttributeHashes {
  /** The first and the second half of each hash, alternating; zero beyond {@link length}. */
  values: Int32Array;
  /** Numbers in {@link values}: twice the hashes. */
  length = 0;
  #first = 0;
  #second = 0;

  constructor(expectedHashes = 64) {
    this.values = new Int32Array(expectedHashes * 2);
  }

  string(key: string, value: string): void {
    this.begin();
    this.text(key);
    this.beginString();
    this.text(value);
    this.endString();
  }

  /** Integers as `Number(bigint)`. NaN and infinities are text to the database: `string(key, 'NaN')`. */
  number(key: string, value: number): void {
    this.begin();
    this.text(key);
    this.endNumber(value);
  }

  boolean(key: string, value: boolean): void {
    this.begin();
    this.text(key);
    this.endBoolean(value);
  }

  begin(): void {
    this.#first = 0x2f0b_4c27;
    this.#second = 0x6d1f_93e5;
  }

  /** Call after the key of a string, before its value. */
  beginString(): void {
    this.#mix(STRING_TAG);
  }

  /**
   * Takes the whole key or value: text longer than {@link HASHED_UNITS} is cut, so it cannot come
   * in parts.
   */
  text(text: string): void {
    const end = Math.min(text.length, HASHED_UNITS);
    let first = this.#first;
    let second = this.#second;
    for (let at = 0; at < end; at += 4) {
      const four = fourUnits(text, at, end);
      first = Math.imul(first ^ four, FIRST_FACTOR);
      second = Math.imul(second ^ four, SECOND_FACTOR);
      first ^= first >>> 15;
      second ^= second >>> 13;
    }
    this.#first = first;
    this.#second = second;
  }

  /** The same as {@link text}, for bytes from 0x01 to 0x7f. */
  ascii(bytes: Uint8Array, start: number, end: number): void {
    const last = Math.min(end, start + HASHED_UNITS);
    let first = this.#first;
    let second = this.#second;
    for (let at = start; at < last; at += 4) {
      let four = bytes[at]!;
      if (at + 3 < last) four |= (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      else if (at + 1 < last) four |= (bytes[at + 1]! << 8) | (at + 2 < last ? bytes[at + 2]! << 16 : 0);
      first = Math.imul(first ^ four, FIRST_FACTOR);
      second = Math.imul(second ^ four, SECOND_FACTOR);
      first ^= first >>> 15;
      second ^= second >>> 13;
    }
    this.#first = first;
    this.#second = second;
  }

  endString(): void {
    this.#add();
  }

  endNumber(value: number): void {
    // -0 and 0 are equal to the database.
    double[0] = value + 0;
    this.#mix(NUMBER_TAG);
    this.#mix(halves[0]!);
    this.#mix(halves[1]!);
    this.#add();
  }

  endBoolean(value: boolean): void {
    this.#mix(BOOLEAN_TAG);
    this.#mix(value ? 1 : 0);
    this.#add();
  }

  #mix(number: number): void {
    this.#first = Math.imul(this.#first ^ number, FIRST_FACTOR);
    this.#second = Math.imul(this.#second ^ number, SECOND_FACTOR);
    // A product never brings high bits down.
    this.#first ^= this.#first >>> 15;
    this.#second ^= this.#second >>> 13;
  }

  #add(): void {
    const { length } = this;
    if (length === this.values.length) this.#grow();
    const first = this.#first;
    const second = this.#second;
    this.values[length] = avalanche(first ^ Math.imul(second ^ (second >>> 16), FINAL_FACTOR_A));
    this.values[length + 1] = avalanche(second ^ Math.imul(first ^ (first >>> 15), FINAL_FACTOR_B));
    this.length = length + 2;
  }

  #grow(): void {
    const grown = new Int32Array(Math.max(64, this.values.length * 2));
    grown.set(this.values);
    this.values = grown;
  }
}

/** As MurmurHash3's fmix32. */
function avalanche(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), SECOND_FACTOR);
  mixed = Math.imul(mixed ^ (mixed >>> 13), FINAL_FACTOR_A);
  return mixed ^ (mixed >>> 16);
}

/**
 * Packs the next units into one number, 8 bits apart, because each step waits for the product
 * before. It is rotated so that no bit is lost.
 */
function fourUnits(text: string, at: number, end: number): number {
  let four = storableUnit(text, at);
  if (at + 1 < end) four ^= storableUnit(text, at + 1) << 8;
  if (at + 2 < end) four ^= storableUnit(text, at + 2) << 16;
  if (at + 3 < end) {
    const unit = storableUnit(text, at + 3);
    four ^= (unit << 24) | (unit >>> 8);
  }
  return four;
}

/** A unit as the database holds it, see storable-text.ts. */
function storableUnit(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit === 0 || (unit & 0xf800) === 0xd800 ? storedInstead(text, at, unit) : unit;
}

function storedInstead(text: string, at: number, unit: number): number {
  if (unit === 0) return REPLACEMENT;
  if (unit < 0xdc00) return (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00 ? unit : REPLACEMENT;
  return at > 0 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800 ? unit : REPLACEMENT;
}
