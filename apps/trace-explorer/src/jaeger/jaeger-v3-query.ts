import { z } from 'zod';
import { bad, duration, parse, spanFilter, tagMap, type JaegerSearch } from './jaeger-query.ts';

const LIMIT_DEFAULT = 100;
/** The most that Jaeger's page requests. */
const LIMIT_MAX = 1_500;

const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

const instant = z.string().transform((text, context) => {
  const [, seconds = '', fraction = '', zone = ''] = RFC_3339.exec(text) ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(ms)) {
    context.addIssue({ code: 'custom', message: 'is no time such as 2026-11-29T14:00:00.123Z' });
    return z.NEVER;
  }
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
});

const searchParameters = z.object({
  serviceName: z.string().optional(),
  operationName: z.string().optional(),
  attributes: z
    .string()
    .transform((text, context) => {
      const tags = tagMap(text);
      if (tags) return tags;
      context.addIssue({ code: 'custom', message: 'is no JSON object of strings' });
      return z.NEVER;
    })
    .optional(),
  startTimeMin: instant,
  startTimeMax: instant,
  durationMin: duration.optional(),
  durationMax: duration.optional(),
  searchDepth: z
    .string()
    .regex(/^-?\d{1,9}$/, 'is no whole number')
    .transform(Number)
    .optional(),
});

/**
 * `GET /api/v3/traces` and `/api/v3/trace-summaries`: parameters are `query.serviceName` and so on;
 * the older `query.service_name` also works. Without a service it searches all. If `durationMax` is
 * below `durationMin`, Jaeger finds nothing and reports no error.
 *
 * @throws ProblemException 400
 */
export function jaegerV3Search(parameters: Readonly<Record<string, unknown>>): JaegerSearch {
  const filter = valueOf(parameters, 'filter');
  if (filter !== undefined) {
    throw bad(
      'malformed parameter query.filter: structured filters are not supported here; use query.attributes',
    );
  }
  const asked = Object.fromEntries(
    Object.keys(searchParameters.shape).map((name) => [name, valueOf(parameters, name)]),
  );
  if (asked['startTimeMin'] === undefined || asked['startTimeMax'] === undefined) {
    throw bad('query.startTimeMin and query.startTimeMax are required');
  }
  const given = parse(searchParameters, asked, 'query.');
  if (given.startTimeMin >= given.startTimeMax)
    throw bad('query.startTimeMin must be before query.startTimeMax');
  return {
    ...spanFilter({
      service: given.serviceName,
      operation: given.operationName,
      minDuration: given.durationMin,
      maxDuration: given.durationMax,
      tags: given.attributes ?? [],
    }),
    limit: Math.min(Math.max(given.searchDepth ?? LIMIT_DEFAULT, 1), LIMIT_MAX),
    fromNs: given.startTimeMin,
    toNs: given.startTimeMax - 1n,
  };
}

/** An empty value counts as missing, as in Jaeger. */
function valueOf(parameters: Readonly<Record<string, unknown>>, name: string): unknown {
  const older =
    name === 'searchDepth' ? ['query.search_depth', 'query.num_traces'] : [`query.${snakeCase(name)}`];
  return [`query.${name}`, ...older]
    .map((key) => parameters[key])
    .find((value) => value !== undefined && value !== '');
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
