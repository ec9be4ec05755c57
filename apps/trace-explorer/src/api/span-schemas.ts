import {
  SPAN_KINDS,
  SPAN_STATUSES,
  type Attribute,
  type AttributeValue,
  type LogPage,
  type LogRecord,
  type SpanDetail,
  type SpanEvent,
} from '@span-links/explorer-api';
import { z } from 'zod';

export const traceId = z
  .string()
  .meta({ pattern: '^[0-9a-f]{32}$', example: '4bf92f3577b34da6a3ce929d0e0e4736' });
export const spanId = z.string().meta({ pattern: '^[0-9a-f]{16}$', example: '00f067aa0ba902b7' });
export const unixNs = z
  .string()
  .meta({ description: 'Unix time in ns, decimal text.', pattern: '^\\d+$', example: '1763800000123456789' });
export const count = z.number().meta({ example: 3 });
export const flags = z.number().meta({ description: 'All 32 bits of the OTLP flags.', example: 257 });

const NUMBERS_BEYOND_JSON = ['NaN', 'Infinity', '-Infinity'] as const;

/** The variants of a value, together with the other fields. */
function variants<Shape extends z.ZodRawShape>(beside: Shape) {
  const variant = <Own extends z.ZodRawShape>(own: Own) => z.strictObject({ ...beside, ...own });
  return z.union([
    variant({ type: z.literal('string'), value: z.string() }),
    variant({ type: z.literal('bool'), value: z.boolean() }),
    variant({ type: z.literal('int'), value: z.string().meta({ description: '64 bits, decimal text.' }) }),
    variant({ type: z.literal('double'), value: z.union([z.number(), z.enum(NUMBERS_BEYOND_JSON)]) }),
    variant({ type: z.literal('bytes'), value: z.string().meta({ description: 'Base64.' }) }),
    variant({
      type: z.literal('array'),
      value: z.array(z.lazy((): z.ZodType<AttributeValue> => attributeValue)),
    }),
    variant({ type: z.literal('map'), value: z.array(z.lazy((): z.ZodType<Attribute> => attribute)) }),
    variant({ type: z.literal('empty') }),
  ]);
}

export const attributeValue: z.ZodType<AttributeValue> = variants({});
export const attribute: z.ZodType<Attribute> = variants({ key: z.string() }).meta({
  example: { key: 'batch.size', type: 'int', value: '5' },
});

export const spanSummaryShape = {
  traceId,
  spanId,
  parentSpanId: spanId.nullable(),
  service: z.string().meta({ example: 'orders-batch' }),
  name: z.string().meta({ example: 'process-batch' }),
  kind: z.enum(SPAN_KINDS),
  status: z.enum(SPAN_STATUSES),
  startTime: unixNs,
  durationNs: z.number().meta({ example: 41_000_000 }),
  linkCount: count,
  droppedLinksCount: count,
  backlinkCount: count,
  message: z.string().nullable().meta({
    description: 'Why it failed: its status message, or that of its exception, at most 500 characters.',
    example: 'the payment provider did not answer',
  }),
  timeProblem: z.enum(['no_start', 'future_start', 'ends_before_start']).exactOptional(),
  sharedSpanId: spanId.exactOptional(),
};

export const spanSummary = z.strictObject(spanSummaryShape);

export const spanEvent: z.ZodType<SpanEvent> = z.strictObject({
  time: unixNs,
  name: z.string(),
  attributes: z.array(attribute),
  droppedAttributesCount: count,
});

export const logRecord: z.ZodType<LogRecord> = z.strictObject({
  id: z.string().meta({ description: 'Names the record in this store.', example: '42-0' }),
  time: unixNs,
  observedTime: unixNs.nullable(),
  severity: z.number().meta({ description: '1 to 24; 0 if it was not sent.', example: 17 }),
  severityText: z.string().meta({ example: 'ERROR' }),
  eventName: z.string().meta({ example: 'exception' }),
  body: attributeValue.nullable(),
  attributes: z.array(attribute),
  droppedAttributesCount: count,
  flags,
  traceId: traceId.nullable(),
  spanId: spanId.nullable(),
  service: z.string().meta({ example: 'orders-batch' }),
  scope: z.string(),
});

export const logPage: z.ZodType<LogPage> = z.strictObject({
  logs: z.array(logRecord),
  nextCursor: z.string().nullable(),
  searchedBackTo: unixNs.nullable().meta({
    description:
      'How far the search got if it ended before the page was full; `nextCursor` goes on from there. Otherwise null.',
  }),
});

const described = { attributes: z.array(attribute), droppedAttributesCount: count, schemaUrl: z.string() };

export const spanDetail: z.ZodType<SpanDetail> = z.strictObject({
  ...spanSummaryShape,
  endTime: unixNs,
  sentStartTime: unixNs.exactOptional(),
  sentParentSpanId: spanId.nullable().exactOptional(),
  statusMessage: z.string(),
  traceState: z.string(),
  flags,
  attributes: z.array(attribute),
  droppedAttributesCount: count,
  events: z.array(spanEvent),
  droppedEventsCount: count,
  logs: z.array(logRecord).exactOptional(),
  resource: z.strictObject(described),
  scope: z.strictObject({ name: z.string(), version: z.string(), ...described }),
  receivedAt: z.number().meta({ description: 'Unix time in ms.', example: 1_763_800_000_500 }),
});
