import { SPAN_KINDS, SPAN_STATUSES, type Query, type Term } from '@span-links/explorer-api';
import { ProblemException } from '@span-links/service-shell';
import type { TagFilter } from '@span-links/trace-store';
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
/** The values that Go's strconv.ParseBool accepts. */
const TRUE = /^(?:1|t|T|TRUE|true|True)$/;
const FALSE = /^(?:0|f|F|FALSE|false|False)$/;

const list = z
  .union([z.string(), z.array(z.string()).max(50)])
  .transform((given) => (Array.isArray(given) ? given : [given]));
export const duration = z
  .string()
  .transform((text, context) => goDuration(text) ?? refuse(context, 'is no duration such as 1.2s or 100ms'));
const wholeNumber = z.string().regex(/^\d{1,16}$/, 'is no whole number');

const searchParameters = z.object({
  service: z.string().optional(),
  operation: z.string().optional(),
  spanKind: z.string().optional(),
  traceID: list.optional(),
  tags: list.optional(),
  tag: list.optional(),
  minDuration: duration.optional(),
  maxDuration: duration.optional(),
  start: wholeNumber.transform(BigInt).optional(),
  end: wholeNumber.transform(BigInt).optional(),
  // Jaeger UI sends it together with start and end, also as "custom". It then only remembers the
  // choice.
  lookback: z.string().optional(),
  limit: wholeNumber.transform(Number).optional(),
});

const dependencyParameters = z.object({
  endTs: wholeNumber.transform(BigInt).optional(),
  lookback: wholeNumber.transform(BigInt).optional(),
  service: z.string().optional(),
});

/** A Jaeger search in this explorer's terms. */
export interface JaegerSearch {
  readonly query: Query;
  readonly tags: readonly TagFilter[];
  readonly limit: number;
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/**
 * `GET /api/traces`.
 *
 * @returns with `traceIds`, the traces that are requested by id; everything else is then ignored.
 * @throws ProblemException 400
 */
export function jaegerSearch(
  parameters: unknown,
  nowMs: number,
): JaegerSearch & { readonly traceIds: readonly string[] | undefined } {
  const given = parse(searchParameters, parameters);
  if (given.traceID === undefined && !given.service) throw bad("parameter 'service' is required");
  const { minDuration, maxDuration } = given;
  if (minDuration && maxDuration && maxDuration < minDuration) {
    throw bad("'maxDuration' should be greater than 'minDuration'");
  }
  const toNs = (given.end ?? BigInt(nowMs) * 1_000n) * 1_000n;
  const lookback = given.lookback === undefined ? undefined : goDuration(given.lookback);
  const lookbackNs = lookback === undefined ? DEFAULT_LOOKBACK_NS : BigInt(lookback);
  return {
    traceIds: given.traceID?.map(jaegerTraceId),
    ...spanFilter({ ...given, tags: tagsOf(given) }),
    limit: Math.min(Math.max(given.limit ?? LIMIT_DEFAULT, 1), LIMIT_MAX),
    fromNs: given.start === undefined ? toNs - lookbackNs : given.start * 1_000n,
    toNs,
  };
}

/** The time range of `GET /api/dependencies`, which is in ms. @throws ProblemException 400 */
export function jaegerDependencyRange(parameters: unknown, nowMs: number) {
  const { endTs = BigInt(nowMs), lookback = 86_400_000n, service } = parse(dependencyParameters, parameters);
  return { fromNs: (endTs - lookback) * 1_000_000n, toNs: endTs * 1_000_000n, service };
}

/** Jaeger sometimes writes ids without leading zeros. @throws ProblemException 400 */
export function jaegerTraceId(text: string): string {
  if (!/^[0-9a-f]{1,32}$/i.test(text)) throw bad(`cannot parse the trace ID '${text}'`);
  return text.toLowerCase().padStart(32, '0');
}

/** Jaeger's conditions on one span. Durations are in ns. */
export interface SpanFilter {
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  readonly spanKind?: string | undefined;
  readonly minDuration?: number | undefined;
  readonly maxDuration?: number | undefined;
  readonly tags: readonly (readonly [key: string, value: string])[];
}

/** @throws ProblemException 400 */
export function spanFilter(asked: SpanFilter): Pick<JaegerSearch, 'query' | 'tags'> {
  const { service, operation, spanKind, minDuration, maxDuration } = asked;
  const terms: Term[] = [];
  if (service) terms.push({ ...PLACE, field: 'service', operator: '=', values: [service] });
  if (operation) terms.push({ ...PLACE, field: 'name', operator: '=', values: [operation] });
  if (spanKind) terms.push({ ...PLACE, field: 'kind', operator: '=', values: [spanKindOf(spanKind)] });
  if (minDuration) terms.push({ ...PLACE, field: 'duration', operator: '>=', valueNs: minDuration });
  if (maxDuration) terms.push({ ...PLACE, field: 'duration', operator: '<=', valueNs: maxDuration });
  const tags: TagFilter[] = [];
  for (const [key, value] of asked.tags) {
    const term = fieldTerm(key, value);
    if (term) terms.push(term);
    else tags.push({ key, value });
  }
  return { query: { terms }, tags };
}

/** A kind by Jaeger's name, in any case. @throws ProblemException 400 */
export function spanKindOf(text: string): (typeof SPAN_KINDS)[number] {
  const word = text.toLowerCase();
  if (!isOneOf(SPAN_KINDS, word))
    throw bad(`unable to parse param 'spanKind': unsupported span kind: '${text}'`);
  return word;
}

/**
 * Turns Jaeger's tags for fields with a column back into fields. Other tags may be anywhere on a
 * span.
 */
function fieldTerm(key: string, value: string): Term | undefined {
  const word = value.toLowerCase();
  if (key === 'error' && (TRUE.test(value) || FALSE.test(value))) {
    return { ...PLACE, field: 'status', operator: TRUE.test(value) ? '=' : '!=', values: ['error'] };
  }
  if ((key === 'otel.status_code' || key === 'span.status') && isOneOf(SPAN_STATUSES, word)) {
    return { ...PLACE, field: 'status', operator: '=', values: [word] };
  }
  if (key === 'span.kind' && isOneOf(SPAN_KINDS, word)) {
    return { ...PLACE, field: 'kind', operator: '=', values: [word] };
  }
  return undefined;
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
  return tagMap(text) ?? fail("malformed 'tags' parameter, expecting a JSON object of strings");
}

/** A JSON object of strings; `undefined` for anything else. */
export function tagMap(text: string): [string, string][] | undefined {
  const parsed = z.record(z.string(), z.string()).safeParse(jsonOf(text));
  return parsed.success ? Object.entries(parsed.data) : undefined;
}

function fail(detail: string): never {
  throw bad(detail);
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

/** @throws ProblemException 400 with every wrong parameter. */
export function parse<S extends z.ZodType>(schema: S, parameters: unknown, prefix = ''): z.output<S> {
  const result = schema.safeParse(parameters);
  if (result.success) return result.data;
  throw bad(
    result.error.issues
      .map(({ path, message }) => `unable to parse param '${prefix}${String(path[0])}': ${message}`)
      .join('; '),
  );
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

export function bad(detail: string): ProblemException {
  return new ProblemException({ status: 400, detail });
}
