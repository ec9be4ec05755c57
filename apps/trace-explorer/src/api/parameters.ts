import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import {
  JOURNEY_SORTS,
  LINK_DIRECTIONS,
  LINK_SORTS,
  linkAttributeOf,
  QUERY_LIMITS,
  SPAN_STATUSES,
} from '@span-links/explorer-api';
import { ProblemException } from '@span-links/service-shell';
import { z } from 'zod';

const CURSOR_MAX = 1_000;
const TEXT_MAX = 500;
const VALUES_MAX = 20;
const INT64_MAX = 2n ** 63n - 1n;

function wholeNumber(min: number, max: number, fallback: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`)
    .default(fallback)
    .meta({ description: `A whole number from ${min} to ${max}.`, example: String(fallback) });
}

const unixNs = z
  .string()
  .regex(/^\d{1,19}$/, 'must be a unix time in ns')
  .transform(BigInt)
  .refine((value) => value <= INT64_MAX, 'must be a unix time in ns, below 2^63')
  .optional();

const signedNs = z
  .string()
  .regex(/^-?\d{1,19}$/, 'must be a whole number of ns')
  .optional();

const cursor = z
  .string()
  .max(CURSOR_MAX)
  .optional()
  .meta({ description: '`nextCursor` of the page before.' });

const query = z.string().max(QUERY_LIMITS.characters).default('').meta({
  description:
    'Search: terms separated by spaces, all of which have to hold of one span. A bare word is contained in a name, a message or a value.',
  example: 'service=orders-batch has:links duration>100ms',
});

const text = z.string().max(TEXT_MAX);

function hexId(digits: number) {
  return z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`, 'i'), `must be ${digits} hex digits`)
    .transform((id) => id.toLowerCase())
    .optional();
}

/** `?service=a&service=b` matches either. */
function oneOf<T extends z.ZodType<string>>(value: T) {
  return z
    .union([value, z.array(value).max(VALUES_MAX)])
    .transform((given): z.output<T>[] => (Array.isArray(given) ? given : [given]))
    .optional();
}

export const searchParameters = z.object({
  q: query,
  limit: wholeNumber(1, 1_000, 50),
  cursor,
  from: unixNs.meta({
    description: 'Earliest start of a matching span, unix time in ns.',
    example: '1763800000000000000',
  }),
  to: unixNs.meta({
    description: 'Latest start of a matching span, unix time in ns.',
    example: '1763900000000000000',
  }),
});

export const journeyParameters = searchParameters.extend({
  sort: z.enum(JOURNEY_SORTS).default('newest').meta({
    description: '`newest` first, or the longest `total` or `waiting` time first.',
  }),
  link: z
    .string()
    .regex(/^\d{1,9}(,\d{1,9}){0,19}$/, 'must be ids of links of the map, with commas between them')
    .transform((ids) => ids.split(',').map(Number))
    .optional()
    .meta({ description: 'Only journeys that went over one of these links of the map.', example: '7' }),
  linkFrom: unixNs.meta({ description: 'Earliest start of the linking span, unix time in ns.' }),
  linkTo: unixNs.meta({ description: 'Latest start of the linking span, unix time in ns.' }),
  waitFrom: unixNs.meta({ description: 'Shortest wait before the linking span, in ns.' }),
  waitTo: unixNs.meta({ description: 'Longest wait before the linking span, in ns.' }),
});

export const traceNamesParameters = z.object({
  traceId: z
    .string()
    .regex(/^[0-9a-f]{32}(,[0-9a-f]{32}){0,99}$/i, 'must be up to 100 trace IDs with commas between them')
    .transform((ids) => ids.toLowerCase().split(','))
    .meta({ description: 'Up to 100 trace IDs with commas between them.' }),
});

export const findParameters = z.object({
  text: text
    .default('')
    .meta({ description: 'Words, all of which a span has to hold.', example: 'card declined' }),
});

export const mapParameters = z.object({
  from: unixNs.meta({ description: 'Unix time in ns; an hour before `to` by default.' }),
  to: unixNs.meta({ description: 'Unix time in ns; now by default.' }),
});

export const logParameters = z.object({
  limit: wholeNumber(1, 1_000, 100),
  cursor,
  order: z.enum(['asc', 'desc']).default('desc').meta({ description: 'By time.' }),
  service: text.optional().meta({ description: 'Name of the service.' }),
  severity: wholeNumber(0, 24, 0).meta({
    description: 'The least severity number, from 0 to 24: 9 is INFO, 13 WARN, 17 ERROR, 21 FATAL.',
  }),
  event: text.optional().meta({ description: 'The event name, such as `exception`.' }),
  text: text.optional().meta({ description: 'Contained in the body, in any case.' }),
  traceId: hexId(32).meta({ description: 'Only log records of this trace.' }),
  spanId: hexId(16).meta({ description: 'Only log records of the span with this ID.' }),
  from: unixNs.meta({ description: 'Earliest time, unix time in ns.' }),
  to: unixNs.meta({ description: 'Latest time, unix time in ns.' }),
});

export const linkDirectionParameters = z.object({
  direction: z
    .enum(LINK_DIRECTIONS)
    .default('out')
    .meta({ description: '`out`: the links the span bears; `in`: those that lead to it.' }),
});

/** An attribute at either end of a link. */
const linkAttribute = z
  .string()
  .max(TEXT_MAX)
  .refine((name) => linkAttributeOf(name) !== undefined, 'must begin with link., attr. or resource.')
  .transform((name) => linkAttributeOf(name)!);

const linkFilterParameters = linkDirectionParameters.extend({
  q: z.string().max(QUERY_LIMITS.characters).default('').meta({
    description:
      'Terms about attributes of the link (`link.`), of the span at its end (`attr.`), of its resource (`resource.`), or without a prefix of any of them.',
    example: 'order.id=42 resource.host.name~web',
  }),
  text: text.optional().meta({
    description:
      'Contained in the name, the service or an ID of the other end, or in the attributes of the link.',
  }),
  service: oneOf(text).meta({ description: 'Service of the other end; repeat it for one of several.' }),
  status: oneOf(z.enum(SPAN_STATUSES)).meta({ description: 'Status of the other end; may be repeated.' }),
  relation: oneOf(text).meta({ description: '`spanlinks.relation` of the link; may be repeated.' }),
  resolved: z.enum(['true', 'false']).optional().meta({ description: 'Whether the other end is here.' }),
  gapFrom: signedNs.meta({ description: 'The least gap, in ns; below zero if the spans overlap.' }),
  gapTo: signedNs.meta({ description: 'Only gaps below this one, in ns.' }),
});

export const linkGroupParameters = linkFilterParameters.extend({
  by: linkAttribute.meta({ description: 'The attribute to group by.', example: 'attr.order.id' }),
});

export const linkParameters = linkFilterParameters.extend({
  by: linkAttribute.optional().meta({
    description: 'Only links of which this attribute has the text `value`.',
    example: 'attr.order.id',
  }),
  value: text.default('').meta({ description: 'At most the first 200 characters of the attribute.' }),
  without: linkAttribute.optional().meta({ description: 'Only links without this attribute.' }),
  sort: z.enum(LINK_SORTS).default('index'),
  order: z.enum(['asc', 'desc']).default('asc'),
  limit: wholeNumber(1, 10_000, 100),
  cursor,
  include: z.enum(['details', 'names']).optional().meta({
    description:
      '`details`: attributes and events of the other ends; `names`: the attributes that may tell them apart, such as `order.id`.',
  }),
});

export const graphParameters = z.object({
  spanId: hexId(16).meta({ description: 'Start from the links of this span alone.' }),
  depth: wholeNumber(1, 6, 2),
  width: wholeNumber(1, 100, 12),
  maxNodes: wholeNumber(1, 1_000, 200),
});

export const suggestionParameters = z.object({
  q: query,
  at: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a whole number')
    .transform(Number)
    .optional()
    .meta({ description: 'Where the cursor stands in `q`, in UTF-16 code units; its end by default.' }),
});

const HOUR_NS = 3_600_000_000_000n;

/**
 * A range in unix ns. Without a start it begins an hour before its end, without an end it ends now.
 */
export function rangeOrLastHour({
  from,
  to = BigInt(Date.now()) * 1_000_000n,
}: z.output<typeof mapParameters>) {
  return { from: from ?? (to > HOUR_NS ? to - HOUR_NS : 0n), to };
}

/** @throws ProblemException 400 with every wrong parameter. */
export function parseParameters<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => ({
    parameter: String(path[0]),
    detail: message,
  }));
  throw new ProblemException({
    status: 400,
    detail: 'The parameters are not valid. Fix those listed in `errors`.',
    extensions: { errors },
  });
}

/** Documents the parameters of a schema. */
export function ApiParameters(schema: z.ZodObject): MethodDecorator {
  const { properties = {} } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'openapi-3.0',
    unrepresentable: 'any',
  });
  return applyDecorators(
    ...Object.entries(properties).map(([name, property]) => {
      const { description, ...rest } = property as { description?: string };
      return ApiQuery({ name, required: false, schema: rest, ...(description && { description }) });
    }),
  );
}
