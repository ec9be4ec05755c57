import { SPAN_KINDS, SPAN_STATUSES } from '@span-links/explorer-api';
import {
  SPAN_FLAGS,
  SPAN_KIND,
  STATUS_CODE,
  type AnyValue,
  type Attribute,
  type ResourceSpans,
  type Scope,
  type Span,
  type SpanEvent,
  type SpanLink,
  type TracesRequest,
} from '@span-links/otlp';
import { z } from 'zod';

const NS_PER_US = 1_000n;

/** Whole numbers of 16 or more digits are text here, so that none is rounded. */
const wholeNumber = z.union([z.number().int(), z.string().regex(/^-?\d{1,20}$/)]).transform(BigInt);
const microseconds = wholeNumber.refine((us) => us >= 0n && us < 2n ** 53n, 'is no time in µs');
const hex = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{1,${digits}}$`), `is no ID of up to ${digits} hex digits`)
    .transform((id) => id.toLowerCase().padStart(digits, '0'));
const traceId = hex(32);
const spanId = hex(16);

const tag = z.object({
  key: z.string(),
  type: z.string().optional(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
});
const tags = z.array(tag).nullish();
const process = z.object({ serviceName: z.string().default(''), tags });
const span = z.object({
  traceID: traceId.optional(),
  spanID: spanId,
  parentSpanID: z.union([z.literal(''), spanId]).optional(),
  operationName: z.string().default(''),
  flags: z.number().int().nullish(),
  startTime: microseconds,
  duration: microseconds,
  references: z
    .array(z.object({ refType: z.string().optional(), traceID: traceId, spanID: spanId }))
    .nullish(),
  tags,
  logs: z.array(z.object({ timestamp: microseconds, fields: tags })).nullish(),
  processID: z.string().optional(),
  process: process.nullish(),
});
const trace = z.object({
  traceID: traceId.optional(),
  spans: z.array(span),
  processes: z.record(z.string(), process).nullish(),
});

type JaegerTag = z.output<typeof tag>;
type JaegerSpan = z.output<typeof span>;

/**
 * A trace of Jaeger's JSON (`data` in an answer of its query API, and in downloads of its page) as
 * OTLP. The parent is the first CHILD_OF reference within the trace; other references become links.
 * Tags that Jaeger made of OTLP's fields become fields again.
 *
 * @throws {Error} that names the field
 */
export function jaegerTraces(parsed: unknown): TracesRequest {
  const result = trace.safeParse(parsed);
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    throw new Error(`not a trace of Jaeger's: ${path.map(String).join('.') || 'it'}: ${message}`);
  }
  const { traceID, spans, processes } = result.data;
  return {
    resourceSpans: spans.map((one) => {
      const owner = one.process ?? processes?.[one.processID ?? ''];
      const id = one.traceID ?? traceID;
      if (id === undefined) throw new Error(`not a trace of Jaeger's: span ${one.spanID} has no traceID`);
      return resourceSpansOf(one, id, owner);
    }),
  };
}

function resourceSpansOf(
  one: JaegerSpan,
  id: string,
  owner: z.output<typeof process> | undefined,
): ResourceSpans {
  const service: Attribute = { key: 'service.name', value: owner?.serviceName ?? '' };
  const fields = new TagFields(one.tags ?? []);
  return {
    resource: {
      attributes: [service, ...(owner?.tags ?? []).map(attributeOf)],
      droppedAttributesCount: 0,
    },
    scopeSpans: [{ scope: scopeOf(fields), spans: [spanOf(one, id, fields)], schemaUrl: '' }],
    schemaUrl: '',
  };
}

function scopeOf(fields: TagFields): Scope {
  return {
    name: fields.text('otel.scope.name') || fields.text('otel.library.name'),
    version: fields.text('otel.scope.version') || fields.text('otel.library.version'),
    attributes: [],
    droppedAttributesCount: 0,
  };
}

function spanOf(one: JaegerSpan, id: string, fields: TagFields): Span {
  const references = one.references ?? [];
  const parent = references.findIndex(({ refType, traceID }) => refType === 'CHILD_OF' && traceID === id);
  const startNs = one.startTime * NS_PER_US;
  return {
    traceId: id,
    spanId: one.spanID,
    parentSpanId: references[parent]?.spanID ?? (one.parentSpanID || undefined),
    traceState: fields.text('w3c.tracestate'),
    flags: (one.flags ?? 0) & SPAN_FLAGS.traceFlagsMask,
    name: one.operationName,
    kind: fields.word('span.kind', SPAN_KINDS) ?? SPAN_KIND.unspecified,
    startTimeUnixNano: startNs,
    endTimeUnixNano: startNs + one.duration * NS_PER_US,
    droppedAttributesCount: fields.count('otel.dropped_attributes_count'),
    droppedEventsCount: fields.count('otel.dropped_events_count'),
    droppedLinksCount: fields.count('otel.dropped_links_count'),
    status: {
      code: fields.word('otel.status_code', SPAN_STATUSES) ?? fields.errorCode(),
      message: fields.text('otel.status_description'),
    },
    events: (one.logs ?? []).map(({ timestamp, fields: said }) => eventOf(timestamp, said ?? [])),
    links: references.filter((_, index) => index !== parent).map(linkOf),
    // Comes last: tags that were read above are not attributes.
    attributes: fields.rest(),
  };
}

function eventOf(timestamp: bigint, said: readonly JaegerTag[]): SpanEvent {
  const name = said.find(({ key, value }) => key === 'event' && typeof value === 'string');
  return {
    timeUnixNano: timestamp * NS_PER_US,
    name: typeof name?.value === 'string' ? name.value : '',
    attributes: said.filter((one) => one !== name).map(attributeOf),
    droppedAttributesCount: 0,
  };
}

function linkOf(reference: { refType?: string | undefined; traceID: string; spanID: string }): SpanLink {
  const isChild = reference.refType === 'CHILD_OF';
  return {
    traceId: reference.traceID,
    spanId: reference.spanID,
    traceState: '',
    attributes: isChild ? [{ key: 'opentracing.ref_type', value: 'child_of' }] : [],
    droppedAttributesCount: 0,
    flags: 0,
  };
}

/** The tags of a span. Tags that are read by name are fields of OTLP; the rest are attributes. */
class TagFields {
  readonly #taken = new Set<JaegerTag>();

  constructor(private readonly tags: readonly JaegerTag[]) {}

  text(key: string): string {
    const value = this.#find(key, (found) => typeof found === 'string')?.value;
    return typeof value === 'string' ? value : '';
  }

  count(key: string): number {
    const value = this.#find(key, (found) => Number.isInteger(found) && Number(found) >= 0)?.value;
    return typeof value === 'number' ? Math.min(value, 0xffff_ffff) : 0;
  }

  word(key: string, words: readonly string[]): number | undefined {
    const place = (value: JaegerTag['value']) => words.indexOf(String(value).toLowerCase());
    const found = this.#find(key, (value) => place(value) >= 0);
    return found && place(found.value);
  }

  errorCode(): number {
    const isError = this.tags.some(
      ({ key, value }) => key === 'error' && (value === true || value === 'true'),
    );
    return isError ? STATUS_CODE.error : STATUS_CODE.unset;
  }

  rest(): Attribute[] {
    // With an error status, the tag adds nothing.
    const isError = this.errorCode() === STATUS_CODE.error;
    return this.tags
      .filter((one) => !this.#taken.has(one) && !(isError && one.key === 'error' && one.value === true))
      .map(attributeOf);
  }

  #find(key: string, fits: (value: JaegerTag['value']) => boolean): JaegerTag | undefined {
    const found = this.tags.find((one) => one.key === key && fits(one.value));
    if (found) this.#taken.add(found);
    return found;
  }
}

function attributeOf({ key, type, value }: JaegerTag): Attribute {
  return { key, value: valueOf(type ?? '', value ?? null) };
}

function valueOf(type: string, value: string | number | boolean | null): AnyValue {
  switch (type) {
    case 'int64':
      return INTEGER.test(String(value)) ? BigInt.asIntN(64, BigInt(String(value))) : value;
    case 'float64':
      return typeof value === 'string' && value !== '' && !Number.isNaN(Number(value))
        ? Number(value)
        : value;
    case 'binary':
      return typeof value === 'string' ? Uint8Array.from(Buffer.from(value, 'base64')) : value;
    case 'bool':
      return value === 'true' || value === 'false' ? value === 'true' : value;
    default:
      return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
  }
}

const INTEGER = /^-?\d{1,19}$/;
