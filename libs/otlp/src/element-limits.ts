/** The repeated elements of a request. A few bytes of each can become many objects. */
export const ELEMENT_KINDS = [
  'resources',
  'scopes',
  'spans',
  'attributes',
  'events',
  'links',
  'values',
  'dataPoints',
  'logRecords',
] as const;

export type ElementKind = (typeof ELEMENT_KINDS)[number];

/**
 * The maximum number of elements of each kind in one request. `attributes` are those of resources,
 * scopes, spans, events, links and log records, and the entries of maps in their values. `values`
 * are the entries of lists, and in JSON the entries of fields that OTLP does not know. `dataPoints`
 * are those of metrics, which are counted and not kept. `fieldsPerItem` bounds the fields of one
 * span, resource or scope with all its content, because this is the work that is done in one piece.
 */
export type ElementLimits = Readonly<Record<ElementKind | 'fieldsPerItem', number>>;

/** A normal request of 16 MiB stays below all of these. */
export const DEFAULT_ELEMENT_LIMITS: ElementLimits = Object.freeze({
  resources: 10_000,
  scopes: 20_000,
  spans: 50_000,
  attributes: 600_000,
  events: 200_000,
  links: 200_000,
  values: 600_000,
  dataPoints: 600_000,
  logRecords: 200_000,
  fieldsPerItem: 500_000,
});

export const NO_ELEMENT_LIMITS: ElementLimits = Object.freeze({
  ...Object.fromEntries(ELEMENT_KINDS.map((kind) => [kind, Infinity])),
  fieldsPerItem: Infinity,
} as Record<ElementKind | 'fieldsPerItem', number>);

/** A request has more elements of one kind than accepted. OTLP/HTTP answers it with 413. */
export class TooManyElements extends Error {
  override readonly name = 'TooManyElements';
  readonly limit: keyof ElementLimits;

  constructor(limit: keyof ElementLimits, allowed: number) {
    const what =
      limit === 'fieldsPerItem' ? 'fields in one span, resource or scope' : `${limit} in one request`;
    super(`More than ${allowed} ${what} (limit ${limit}); send smaller batches`);
    this.limit = limit;
  }
}

/** Counts elements as they come in, and throws at the first one above the limit. */
export class ElementTally {
  readonly #limits: ElementLimits;
  readonly #counts = new Float64Array(ELEMENT_KINDS.length);
  readonly #most: Float64Array;
  readonly #mostFields: number;
  #fields = 0;

  constructor(limits: ElementLimits) {
    this.#limits = limits;
    this.#most = Float64Array.from(ELEMENT_KINDS, (kind) => limits[kind]);
    this.#mostFields = limits.fieldsPerItem;
  }

  countOf(kind: ElementKind): number {
    return this.#counts[ELEMENT_KINDS.indexOf(kind)] ?? 0;
  }

  /** @param index of the kind in {@link ELEMENT_KINDS} */
  add(index: number): void {
    const count = ++this.#counts[index]!;
    if (count <= this.#most[index]!) return;
    const kind = ELEMENT_KINDS[index]!;
    throw new TooManyElements(kind, this.#limits[kind]);
  }

  addField(): void {
    if (++this.#fields > this.#mostFields) throw new TooManyElements('fieldsPerItem', this.#mostFields);
  }

  /** The next fields belong to another span, resource or scope. */
  startItem(): void {
    this.#fields = 0;
  }
}
