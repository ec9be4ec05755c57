import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { LINK_DIRECTIONS, LINK_SORTS, QUERY_LIMITS, SPAN_STATUSES } from '@span-links/explorer-api';
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

const cursor = z
  .string()
  .max(CURSOR_MAX)
  .optional()
  .meta({ description: '`nextCursor` of the page before.' });

const query = z.string().max(QUERY_LIMITS.characters).default('').meta({
  description: 'Search: terms separated by spaces, all of which have to hold of one span.',
  example: 'service=orders-batch has:links duration>100ms',
});

const text = z.string().max(TEXT_MAX);

/** `?service=a&service=b`: one of them. */
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
  from: unixNs.meta({ description: 'Earliest start, unix time in ns.', example: '1763800000000000000' }),
  to: unixNs.meta({ description: 'Latest start, unix time in ns.', example: '1763900000000000000' }),
});

export const linkParameters = z.object({
  direction: z
    .enum(LINK_DIRECTIONS)
    .default('out')
    .meta({ description: '`out`: the links the span bears; `in`: those that lead to it.' }),
  sort: z.enum(LINK_SORTS).default('index'),
  order: z.enum(['asc', 'desc']).default('asc'),
  limit: wholeNumber(1, 10_000, 100),
  cursor,
  text: text.optional().meta({
    description:
      'Contained in the name, the service or an ID of the other end, or in the attributes of the link.',
  }),
  service: oneOf(text).meta({ description: 'Service of the other end; repeat it for one of several.' }),
  status: oneOf(z.enum(SPAN_STATUSES)).meta({ description: 'Status of the other end; may be repeated.' }),
  relation: oneOf(text).meta({ description: '`spanlinks.relation` of the link; may be repeated.' }),
  resolved: z.enum(['true', 'false']).optional().meta({ description: 'Whether the other end is here.' }),
  include: z.enum(['details']).optional().meta({ description: 'Attributes and events of the other ends.' }),
});

export const graphParameters = z.object({
  spanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/i, 'must be 16 hex digits')
    .transform((id) => id.toLowerCase())
    .optional()
    .meta({ description: 'Start from the links of this span alone.' }),
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

/** @throws ProblemException 400 that names every wrong parameter. */
export function parseParameters<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => ({
    parameter: String(path[0]),
    detail: message,
  }));
  throw new ProblemException({
    status: 400,
    detail: 'The parameters are not valid. Mend those named in errors.',
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
