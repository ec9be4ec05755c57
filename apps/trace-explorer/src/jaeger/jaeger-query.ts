import { SPAN_KINDS, SPAN_STATUSES, type Query, type Term } from '@span-links/explorer-api';
import { ProblemException } from '@span-links/service-shell';
import { z } from 'zod';

const NS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
  d: 86_400e9,
};
const DEFAULT_LOOKBACK_NS = 2n * 86_400_000_000_000n;
const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 500;
const PLACE = { from: 0, to: 0 };

const list = z
  .union([z.string(), z.array(z.string()).max(50)])
  .transform((given) => (Array.isArray(given) ? given : [given]));
const duration = z
  .string()
  .transform((text, context) => goDuration(text) ?? refuse(context, 'is no duration such as 1.2s or 100ms'));
const wholeNumber = z.string().regex(/^\d{1,16}$/, 'is no whole number');

const searchParameters = z.object({
  service: z.string().optional(),
  operation: z.string().optional(),
  traceID: list.optional(),
  tags: list.optional(),
  tag: list.optional(),
  minDuration: duration.optional(),
  maxDuration: duration.optional(),
  start: wholeNumber.transform(BigInt).optional(),
  end: wholeNumber.transform(BigInt).optional(),
  // Jaeger UI sends it beside start and end, also as "custom": it then only remembers what was chosen.
  lookback: z.string().optional(),
  limit: wholeNumber.transform(Number).optional(),
});

const dependencyParameters = z.object({
  endTs: wholeNumber.transform(BigInt).optional(),
  lookback: wholeNumber.transform(BigInt).optional(),
  service: z.string().optional(),
});

/** What Jaeger's `GET /api/traces` asks for, in this explorer's terms. */
export interface JaegerSearch {
  /** Traces that are asked for by id; nothing else counts then. */
  readonly traceIds: readonly string[] | undefined;
  readonly query: Query;
  readonly limit: number;
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/** @throws ProblemException 400 */
export function jaegerSearch(parameters: unknown, nowMs: number): JaegerSearch {
  const given = parse(searchParameters, parameters);
  if (given.traceID === undefined && !given.service) throw bad("parameter 'service' is required");
  const toNs = (given.end ?? BigInt(nowMs) * 1_000n) * 1_000n;
  const lookback = given.lookback === undefined ? undefined : goDuration(given.lookback);
  const lookbackNs = lookback === undefined ? DEFAULT_LOOKBACK_NS : BigInt(lookback);
  return {
    traceIds: given.traceID?.map(jaegerTraceId),
    query: { terms: termsOf(given) },
    limit: Math.min(Math.max(given.limit ?? LIMIT_DEFAULT, 1), LIMIT_MAX),
    fromNs: given.start === undefined ? toNs - lookbackNs : given.start * 1_000n,
    toNs,
  };
}

/** Times of `GET /api/dependencies`, which come in ms. @throws ProblemException 400 */
export function jaegerDependencyRange(parameters: unknown, nowMs: number) {
  const { endTs = BigInt(nowMs), lookback = 86_400_000n, service } = parse(dependencyParameters, parameters);
  return { fromNs: (endTs - lookback) * 1_000_000n, toNs: endTs * 1_000_000n, service };
}

/** Jaeger writes ids without leading zeros at times. @throws ProblemException 400 */
export function jaegerTraceId(text: string): string {
  if (!/^[0-9a-f]{1,32}$/i.test(text)) throw bad(`cannot parse the trace ID '${text}'`);
  return text.toLowerCase().padStart(32, '0');
}

function termsOf(given: z.output<typeof searchParameters>): Term[] {
  const { service, operation, minDuration, maxDuration } = given;
  const terms: Term[] = [];
  if (service) terms.push({ ...PLACE, field: 'service', operator: '=', values: [service] });
  if (operation) terms.push({ ...PLACE, field: 'name', operator: '=', values: [operation] });
  if (minDuration !== undefined)
    terms.push({ ...PLACE, field: 'duration', operator: '>=', valueNs: minDuration });
  if (maxDuration !== undefined)
    terms.push({ ...PLACE, field: 'duration', operator: '<=', valueNs: maxDuration });
  for (const [key, value] of tagsOf(given)) terms.push(tagTerm(key, value));
  return terms;
}

/** Tags that Jaeger makes of what is no attribute in OTLP are turned back. */
function tagTerm(key: string, value: string): Term {
  const word = value.toLowerCase();
  if (key === 'error' && (word === 'true' || word === 'false')) {
    return { ...PLACE, field: 'status', operator: word === 'true' ? '=' : '!=', values: ['error'] };
  }
  if (key === 'otel.status_code' && isOneOf(SPAN_STATUSES, word)) {
    return { ...PLACE, field: 'status', operator: '=', values: [word] };
  }
  if (key === 'span.kind' && isOneOf(SPAN_KINDS, word)) {
    return { ...PLACE, field: 'kind', operator: '=', values: [word] };
  }
  return { ...PLACE, field: 'attribute', key, operator: '=', values: [value] };
}

function tagsOf({ tags = [], tag = [] }: z.output<typeof searchParameters>): [string, string][] {
  const single = tag.map((text): [string, string] => {
    const colon = text.indexOf(':');
    if (colon < 1) throw bad(`malformed 'tag' parameter, expecting key:value, received: ${text}`);
    return [text.slice(0, colon), text.slice(colon + 1)];
  });
  return [...single, ...tags.flatMap(tagsOfJson)];
}

function tagsOfJson(text: string): [string, string][] {
  const parsed = z.record(z.string(), z.string()).safeParse(jsonOf(text));
  if (!parsed.success) throw bad("malformed 'tags' parameter, expecting a JSON object of strings");
  return Object.entries(parsed.data);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Go's durations, `1h30m` and `1.5s`, in ns; undefined for anything else. */
function goDuration(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  const ns = Math.round(
    parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (NS_PER_UNIT[unit] ?? 0), 0),
  );
  return Number.isSafeInteger(ns) ? ns : undefined;
}

function isOneOf<T extends string>(words: readonly T[], word: string): word is T {
  return (words as readonly string[]).includes(word);
}

function parse<S extends z.ZodType>(schema: S, parameters: unknown): z.output<S> {
  const result = schema.safeParse(parameters);
  if (result.success) return result.data;
  throw bad(
    result.error.issues
      .map(({ path, message }) => `unable to parse param '${String(path[0])}': ${message}`)
      .join('; '),
  );
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

function bad(detail: string): ProblemException {
  return new ProblemException({ status: 400, detail });
}
