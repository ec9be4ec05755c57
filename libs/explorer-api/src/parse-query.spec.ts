import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatQuery } from './format-query.ts';
import { parseQuery, QUERY_LIMITS } from './parse-query.ts';
import { LOG_SEVERITIES } from './log.ts';
import { QUERY_FEATURES } from './query-features.ts';
import type { Query, Term } from './query.ts';
import { SPAN_KINDS, SPAN_STATUSES } from './span.ts';

function termsOf(text: string) {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
  return parsed.query.terms.map(withoutPlace);
}

function withoutPlace(term: Term) {
  return Object.fromEntries(Object.entries(term).filter(([name]) => name !== 'from' && name !== 'to'));
}

function errorOf(text: string) {
  const parsed = parseQuery(text);
  if (parsed.ok) throw new Error(`${text} should not parse`);
  const { from, to, message } = parsed.error;
  return { at: text.slice(from, to), message };
}

describe('a query', () => {
  it('asks for everything if it has no terms', () => {
    expect(termsOf('')).toEqual([]);
    expect(termsOf(' \n\t ')).toEqual([]);
  });

  it('reads every field', () => {
    expect(termsOf('service=a,b name~batch status=ERROR kind!=consumer duration>=1.5ms')).toEqual([
      { field: 'service', operator: '=', values: ['a', 'b'] },
      { field: 'name', operator: '~', values: ['batch'] },
      { field: 'status', operator: '=', values: ['error'] },
      { field: 'kind', operator: '!=', values: ['consumer'] },
      { field: 'duration', operator: '>=', valueNs: 1_500_000 },
    ]);
    expect(termsOf('has:links -has:backlinks links>100 backlinks=0 dropped>0')).toEqual([
      { field: 'has', what: 'links', negated: false },
      { field: 'has', what: 'backlinks', negated: true },
      { field: 'links', operator: '>', value: 100 },
      { field: 'backlinks', operator: '=', value: 0 },
      { field: 'dropped', operator: '>', value: 0 },
    ]);
    const traceId = 'ABCDEF0123456789abcdef0123456789';
    expect(termsOf(`trace=${traceId} link.traceId!=${traceId} span=0123456789abcdef`)).toEqual([
      { field: 'trace', operator: '=', values: [traceId.toLowerCase()] },
      { field: 'link.traceId', operator: '!=', values: [traceId.toLowerCase()] },
      { field: 'span', operator: '=', values: ['0123456789abcdef'] },
    ]);
  });

  it('takes any other name as the key of an attribute', () => {
    expect(termsOf('order.id=42 http.response.status_code>=500')).toEqual([
      { field: 'attribute', key: 'order.id', operator: '=', values: ['42'] },
      { field: 'attribute', key: 'http.response.status_code', operator: '>=', values: ['500'] },
    ]);
    expect(termsOf('link.spanlinks.relation=origin resource.host.name!~web')).toEqual([
      { field: 'link', key: 'spanlinks.relation', operator: '=', values: ['origin'] },
      { field: 'resource', key: 'host.name', operator: '!~', values: ['web'] },
    ]);
  });

  it('reaches attributes with the name of a field through quotes or attr.', () => {
    const service = { field: 'attribute', key: 'service', operator: '=', values: ['x'] };
    expect(termsOf('"service"=x attr.service=x')).toEqual([service, { ...service, field: 'attr' }]);
    expect(termsOf('scope.x=1 event.exception.type~y event.name=exception scope.name~http')).toEqual([
      { field: 'scope', key: 'x', operator: '=', values: ['1'] },
      { field: 'event', key: 'exception.type', operator: '~', values: ['y'] },
      { field: 'event.name', operator: '=', values: ['exception'] },
      { field: 'scope.name', operator: '~', values: ['http'] },
    ]);
    expect(termsOf('link."traceId"=x link."my key"=x')).toEqual([
      { field: 'link', key: 'traceId', operator: '=', values: ['x'] },
      { field: 'link', key: 'my key', operator: '=', values: ['x'] },
    ]);
  });

  it('reads terms about log records', () => {
    expect(
      termsOf('log.body~declined log.severity>=WARN log.severity=error,fatal log.event=exception'),
    ).toEqual([
      { field: 'log.body', operator: '~', values: ['declined'] },
      { field: 'log.severity', operator: '>=', values: ['warn'] },
      { field: 'log.severity', operator: '=', values: ['error', 'fatal'] },
      { field: 'log.event', operator: '=', values: ['exception'] },
    ]);
    expect(termsOf('log.exception.type=X log."body"=x')).toEqual([
      { field: 'log', key: 'exception.type', operator: '=', values: ['X'] },
      { field: 'log', key: 'body', operator: '=', values: ['x'] },
    ]);
  });

  it('takes quoted keys and values with escapes', () => {
    expect(termsOf('"my key"="a \\"b\\" \\\\, c",plain url=http://x/?a=b,"" ')).toEqual([
      { field: 'attribute', key: 'my key', operator: '=', values: ['a "b" \\, c', 'plain'] },
      { field: 'attribute', key: 'url', operator: '=', values: ['http://x/?a=b', ''] },
    ]);
  });

  it('takes a bare word as a part of the service or the name, and one of 32 hex digits as a trace', () => {
    const hex = '0'.repeat(31) + '1';
    expect(termsOf(`batch -health "two words" ${hex} "${hex}"`)).toEqual([
      { field: 'text', value: 'batch', negated: false },
      { field: 'text', value: 'health', negated: true },
      { field: 'text', value: 'two words', negated: false },
      { field: 'trace', operator: '=', values: [hex] },
      { field: 'text', value: hex, negated: false },
    ]);
  });

  it('has the place of each term', () => {
    const parsed = parseQuery('  a=1   -has:links');
    expect(parsed.ok && parsed.query.terms.map(({ from, to }) => [from, to])).toEqual([
      [2, 5],
      [8, 18],
    ]);
  });

  it.each([
    ['status=bad', 'bad', 'status is one of unset, ok, error'],
    ['a=1 kind~x', '~', 'kind takes = or !='],
    ['duration>100', '100', 'a duration has a unit'],
    ['duration>1fortnight', '1fortnight', 'a duration has a unit'],
    ['links>many', 'many', 'a whole number'],
    ['links>1,2', '2', 'links takes one value'],
    ['has:wings', 'wings', 'has is one of links, backlinks'],
    ['log.severity=13', '13', 'log.severity is one of trace, debug, info, warn, error, fatal'],
    ['log.severity>warn,error', 'error', 'log.severity takes one value'],
    ['log.severity~warn', '~', 'log.severity takes ='],
    ['has=links', '=', 'has takes :'],
    ['order.id:links', ':', 'an attribute takes'],
    ['size>big', 'big', '> compares numbers'],
    ['size>1,2', '2', '> takes one value'],
    ['trace=123', '123', 'an ID of 32 hex digits'],
    ['name="open', '"open', 'this quote does not end'],
    ['a="b"c"', '"', 'a quote goes around'],
    ['-order.id=1', '-', '“-” goes before a bare word'],
    ['name=', '=', 'a value is missing'],
    ['a=1,,2', ',', 'a value is missing'],
    ['=x', '=', 'a name is missing'],
    ['""', '""', 'a word is missing'],
    ['link."x"', 'link."x"', 'an operator and a value are missing'],
  ])('%s is refused at %s', (text, at, message) => {
    const error = errorOf(text);
    expect(error.message).toContain(message);
    expect(error.at).toBe(at);
  });

  it('is limited in characters, terms and values', () => {
    expect(errorOf('x'.repeat(QUERY_LIMITS.characters + 1)).message).toContain('characters');
    expect(termsOf('x '.repeat(QUERY_LIMITS.terms))).toHaveLength(QUERY_LIMITS.terms);
    expect(errorOf('x '.repeat(QUERY_LIMITS.terms + 1)).message).toContain('terms');
    expect(errorOf(`a=${'1,'.repeat(QUERY_LIMITS.valuesPerTerm)}1`).message).toContain('values');
  });

  it('never throws for any text, and points into the text', () => {
    const pieces = fc.constantFrom(
      'a',
      '=',
      '!',
      '~',
      '>',
      '<',
      ':',
      '"',
      '\\',
      ',',
      '-',
      ' ',
      '.',
      'link.',
      'has:',
      '0',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseQuery(text);
        if (parsed.ok) return;
        expect(parsed.error.from).toBeGreaterThanOrEqual(0);
        expect(parsed.error.to).toBeLessThanOrEqual(text.length);
        expect(parsed.error.from).toBeLessThanOrEqual(parsed.error.to);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is unchanged after formatting and parsing', () => {
    const word = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom('service', 'link.traceId', '-x', 'a,b', '"'),
    );
    const hex = (digits: number) =>
      fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits });
    const values = fc.array(fc.string(), { minLength: 1, maxLength: 3 });
    const numberOperator = fc.constantFrom('=', '!=', '>', '>=', '<', '<=');
    const textOperator = fc.constantFrom('=', '!=', '~', '!~');
    const same = fc.constantFrom('=', '!=');
    const attributes = fc.constantFrom('attribute', 'attr', 'resource', 'scope', 'event', 'log', 'link');
    const place = { from: fc.constant(0), to: fc.constant(0) };
    const term = fc.oneof(
      fc.record({
        ...place,
        field: fc.constantFrom('service', 'name', 'status.message', 'tracestate', 'event.name', 'log.body'),
        operator: textOperator,
        values,
      }),
      fc.record({
        ...place,
        field: fc.constant('kind'),
        operator: same,
        values: fc.array(fc.constantFrom(...SPAN_KINDS), { minLength: 1 }),
      }),
      fc.record({
        ...place,
        field: fc.constant('status'),
        operator: same,
        values: fc.array(fc.constantFrom(...SPAN_STATUSES), { minLength: 1 }),
      }),
      fc.record({
        ...place,
        field: fc.constant('log.severity'),
        operator: numberOperator,
        values: fc.constantFrom(...LOG_SEVERITIES).map((word) => [word]),
      }),
      fc.record({
        ...place,
        field: fc.constant('duration'),
        operator: numberOperator,
        valueNs: fc.maxSafeNat(),
      }),
      fc.record({
        ...place,
        field: fc.constantFrom('links', 'backlinks', 'dropped'),
        operator: numberOperator,
        value: fc.maxSafeNat(),
      }),
      fc.record({
        ...place,
        field: fc.constant('has'),
        what: fc.constantFrom(...QUERY_FEATURES),
        negated: fc.boolean(),
      }),
      fc.record({
        ...place,
        field: fc.constantFrom('trace', 'link.traceId'),
        operator: same,
        values: fc.array(hex(32), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        ...place,
        field: fc.constantFrom('span', 'link.spanId'),
        operator: same,
        values: fc.array(hex(16), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({ ...place, field: attributes, key: word, operator: textOperator, values }),
      fc.record({
        ...place,
        field: attributes,
        key: word,
        operator: fc.constantFrom('>', '>=', '<', '<='),
        values: fc.tuple(fc.integer().map(String)),
      }),
      fc.record({ ...place, field: fc.constant('text'), value: word, negated: fc.boolean() }),
    ) as fc.Arbitrary<Term>;
    fc.assert(
      fc.property(fc.array(term, { maxLength: 6 }), (terms) => {
        const text = formatQuery({ terms } satisfies Query);
        fc.pre(text.length <= QUERY_LIMITS.characters);
        expect(termsOf(text)).toEqual(terms.map(withoutPlace));
      }),
      { numRuns: 2_000 },
    );
  });
});
