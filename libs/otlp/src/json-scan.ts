import {
  type ElementKind,
  type ElementTally,
  type MessageField,
  type MessageShape,
  RESOURCE_SPANS,
  SCOPE_SPANS,
  SPAN,
  TRACES_REQUEST,
  VALUES_KIND,
} from './element-limits.ts';
import { unexpected } from './json-fields.ts';
import { JsonTokens, MAX_JSON_DEPTH, type JsonEvents } from './json-tokens.ts';
import { OtlpDecodeError } from './otlp-decode-error.ts';

/** The place of a value in the bytes of a request. */
export interface Place {
  start: number;
  end: number;
}

export interface JsonScopeSpans {
  scope: Place | undefined;
  schemaUrl: Place | undefined;
  /**
   * Start and end of each span. This takes a third of the memory of objects, which matters because
   * many requests are refused.
   */
  spans: number[];
}

export interface JsonResourceSpans {
  resource: Place | undefined;
  schemaUrl: Place | undefined;
  /** `undefined` for none, because a request may have many empty ones. */
  scopeSpans: JsonScopeSpans[] | undefined;
}

const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;
const NULL = 0x6e;
const BACKSLASH = 0x5c;
const SHOWN_FIELDS = 8;
const SHOWN_BYTES = 60;
const SCHEMA_URL = Buffer.from('schemaUrl');

/** An open object or list. */
class Open {
  isList = false;
  /** The shape of an object; `undefined` if OTLP does not know it. */
  shape: MessageShape | undefined;
  /** The field of a list, or of the next value of an object. */
  field: MessageField | undefined;
  isSchemaUrl = false;
}

/**
 * Counts the elements of a request in OTLP/JSON while its bytes arrive, in pieces of any size. It
 * also notes the places of its spans, resources and scopes, so that each can be parsed separately:
 * a document of 16 MB is never all objects at the same time.
 */
export class JsonScan implements JsonEvents {
  /** Filled while the text is read. */
  resourceSpans: JsonResourceSpans[] = [];
  readonly #tally: ElementTally;
  readonly #shape: MessageShape;
  readonly #tokens = new JsonTokens(this);
  readonly #open = Array.from({ length: MAX_JSON_DEPTH + 1 }, () => new Open());
  #noted: Place | undefined;
  readonly #otherFields: string[] = [];
  #hasResourceSpans = false;
  #notedSpans: number[] | undefined;
  #notedDepth = -1;
  #problem: OtlpDecodeError | undefined;

  constructor(tally: ElementTally, shape: MessageShape) {
    this.#tally = tally;
    this.#shape = shape;
  }

  /**
   * The beginnings of the first names in a document without `resourceSpans`. Such a document has
   * another format and would otherwise count as an empty request.
   */
  get unknownFields(): readonly string[] {
    return this.#hasResourceSpans ? [] : this.#otherFields;
  }

  countOf(kind: ElementKind): number {
    return this.#tally.countOf(kind);
  }

  /** @throws TooManyElements or OtlpDecodeError */
  push(chunk: Uint8Array): void {
    this.#tokens.push(chunk);
  }

  /**
   * @throws OtlpDecodeError if the text is incomplete or has the wrong structure. Bytes that are
   * not UTF-8 become U+FFFD later.
   */
  end(): void {
    this.#tokens.end();
    if (this.#problem) throw this.#problem;
  }

  value(firstByte: number, offset: number): void {
    const depth = this.#tokens.depth;
    const parent = depth === 0 ? undefined : this.#open[depth]!;
    const child = this.#open[depth + 1];
    this.#tally.addField();
    let shape: MessageShape | undefined;
    let list: MessageField | undefined;
    if (parent === undefined) {
      shape = firstByte === OPEN_OBJECT ? this.#shape : undefined;
      if (shape === undefined) this.#wrongType('$', 'an object', firstByte);
    } else if (parent.isList) {
      this.#tally.add(parent.field === undefined ? VALUES_KIND : parent.field.kind);
      if (firstByte === OPEN_OBJECT) shape = parent.field?.message;
    } else if (parent.field === undefined) {
      if (parent.shape === undefined) this.#tally.add(VALUES_KIND);
    } else if (parent.field.kind >= 0) {
      if (firstByte === OPEN_LIST) list = parent.field;
    } else if (firstByte === OPEN_OBJECT) {
      shape = parent.field.message;
    }
    if (parent) this.#structure(parent, firstByte, offset, depth);
    if (shape?.isItem) this.#tally.startItem();
    if (child === undefined) return;
    child.isList = firstByte === OPEN_LIST;
    child.shape = shape;
    child.field = list;
    child.isSchemaUrl = false;
  }

  valueEnd(offset: number): void {
    if (this.#tokens.depth !== this.#notedDepth) return;
    if (this.#noted) this.#noted.end = offset;
    else this.#notedSpans?.push(offset);
    this.#noted = this.#notedSpans = undefined;
    this.#notedDepth = -1;
  }

  key(bytes: Uint8Array, start: number, end: number, mayHaveEscapes: boolean): void {
    const open = this.#open[this.#tokens.depth]!;
    open.field = undefined;
    open.isSchemaUrl = false;
    if (open.shape === undefined) return;
    const isEscaped = mayHaveEscapes && bytes.includes(BACKSLASH);
    const name = isEscaped ? unescaped(bytes.subarray(start, end)) : undefined;
    for (const field of open.shape.fields) {
      if (name ? name.equals(field.name) : isAt(bytes, start, end, field.name)) open.field = field;
    }
    if (open.shape === TRACES_REQUEST) {
      if (open.field) this.#hasResourceSpans = true;
      else if (this.#otherFields.length < SHOWN_FIELDS) {
        this.#otherFields.push(
          Buffer.from(bytes.subarray(start, Math.min(end, start + SHOWN_BYTES))).toString(),
        );
      }
    }
    if (open.shape === RESOURCE_SPANS || open.shape === SCOPE_SPANS) {
      open.isSchemaUrl = name ? name.equals(SCHEMA_URL) : isAt(bytes, start, end, SCHEMA_URL);
    }
  }

  /**
   * Notes the parts of a request that are parsed later. Repeated keys replace one another, as in
   * `JSON.parse`.
   */
  #structure(parent: Open, firstByte: number, offset: number, depth: number): void {
    if (parent.isList) {
      const message = parent.field?.message;
      if (message === SPAN) this.#noteSpan(offset, depth);
      else if (message === SCOPE_SPANS) {
        if (firstByte !== OPEN_OBJECT) this.#wrongItem(firstByte);
        this.#scopes.push({ scope: undefined, schemaUrl: undefined, spans: [] });
      } else if (message === RESOURCE_SPANS) {
        if (firstByte !== OPEN_OBJECT) this.#wrongItem(firstByte);
        this.resourceSpans.push({ resource: undefined, schemaUrl: undefined, scopeSpans: undefined });
      }
      return;
    }
    const { shape, field, isSchemaUrl } = parent;
    if (shape === TRACES_REQUEST || shape === RESOURCE_SPANS || shape === SCOPE_SPANS) {
      if (field && field.kind >= 0) this.#startList(shape, field, firstByte);
      else if (field && shape === RESOURCE_SPANS) this.#resource.resource = this.#note(offset, depth);
      else if (field) this.#scopeSpans.scope = this.#note(offset, depth);
      else if (isSchemaUrl && shape === RESOURCE_SPANS) this.#resource.schemaUrl = this.#note(offset, depth);
      else if (isSchemaUrl) this.#scopeSpans.schemaUrl = this.#note(offset, depth);
    }
  }

  #startList(shape: MessageShape, field: MessageField, firstByte: number): void {
    if (shape === TRACES_REQUEST) this.resourceSpans = [];
    else if (shape === RESOURCE_SPANS) this.#resource.scopeSpans = undefined;
    else this.#scopeSpans.spans = [];
    if (firstByte !== OPEN_LIST && firstByte !== NULL) {
      this.#wrongType(`${this.#pathOf(shape)}.${field.name.toString()}`, 'a list', firstByte);
    }
  }

  /** Notes a value that starts at this offset. Its end is filled in later. */
  #note(offset: number, depth: number): Place {
    this.#notedDepth = depth;
    return (this.#noted = { start: offset, end: offset });
  }

  #noteSpan(offset: number, depth: number): void {
    this.#notedDepth = depth;
    this.#notedSpans = this.#scopeSpans.spans;
    this.#notedSpans.push(offset);
  }

  get #resource(): JsonResourceSpans {
    return this.resourceSpans.at(-1)!;
  }

  get #scopes(): JsonScopeSpans[] {
    return (this.#resource.scopeSpans ??= []);
  }

  get #scopeSpans(): JsonScopeSpans {
    return this.#scopes.at(-1)!;
  }

  #pathOf(shape: MessageShape): string {
    if (shape === TRACES_REQUEST) return '$';
    const resource = `$.resourceSpans[${this.resourceSpans.length - 1}]`;
    if (shape === RESOURCE_SPANS) return resource;
    return `${resource}.scopeSpans[${this.#scopes.length - 1}]`;
  }

  #wrongItem(firstByte: number): void {
    const list = this.#open[this.#tokens.depth]!.field!;
    const [shape, index] =
      list.message === RESOURCE_SPANS
        ? [TRACES_REQUEST, this.resourceSpans.length]
        : [RESOURCE_SPANS, this.#scopes.length];
    this.#wrongType(`${this.#pathOf(shape)}.${list.name.toString()}[${index}]`, 'an object', firstByte);
  }

  /** Thrown at the end, because the error of a text that is no JSON must come first. */
  #wrongType(path: string, wanted: string, firstByte: number): void {
    const { reason, message } = unexpected('', wanted, EXAMPLES[firstByte] ?? 0);
    this.#problem ??= new OtlpDecodeError(reason, { path }, message);
  }
}

/** A value of the type that starts with a byte. Any other byte starts a number. */
const EXAMPLES: Readonly<Record<number, unknown>> = {
  [OPEN_OBJECT]: {},
  [OPEN_LIST]: [],
  0x22: '',
  0x74: true,
  0x66: false,
  [NULL]: null,
};

function isAt(bytes: Uint8Array, start: number, end: number, name: Buffer): boolean {
  if (end - start !== name.length) return false;
  for (let at = 0; at < name.length; at++) if (bytes[start + at] !== name[at]) return false;
  return true;
}

function unescaped(key: Uint8Array): Buffer {
  try {
    return Buffer.from(JSON.parse(`"${Buffer.from(key).toString()}"`) as string);
  } catch {
    return Buffer.alloc(0); // too long to collect, so it is no known key
  }
}
