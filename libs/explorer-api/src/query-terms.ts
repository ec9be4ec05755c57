import { QUERY_FEATURES } from './query-features.ts';
import {
  ATTRIBUTE_OPERATORS,
  attributePrefixOf,
  operatorsOf,
  queryFieldNamed,
  type QueryField,
} from './query-fields.ts';
import { QueryProblem, type RawTerm, type Word } from './query-scan.ts';
import type { AttributeTermField, NumberOperator, Term, TextOperator } from './query.ts';

const NS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
};
const TRACE_ID = /^[0-9a-f]{32}$/i;
const SPAN_ID = /^[0-9a-f]{16}$/i;

/** @throws QueryProblem for an invalid term. */
export function termOf(raw: RawTerm): Term {
  const { operator, key } = raw;
  if (operator === undefined) return bareWord(raw);
  const field = key.quoted ? undefined : queryFieldNamed(key.text);
  if (raw.negated && field?.name !== 'has') {
    throw new QueryProblem('“-” goes before a bare word or before has:, elsewhere use != or !~', {
      from: raw.from,
      to: raw.from + 1,
    });
  }
  if (key.text === '') throw new QueryProblem('a name is missing here', operator);
  for (const value of raw.values) {
    if (value.text === '' && !value.quoted) throw new QueryProblem('a value is missing here', missing(value));
  }
  if (field === undefined) return attributeTerm(raw, operator.text);
  const operators = operatorsOf(field);
  if (!operators.includes(operator.text)) {
    throw new QueryProblem(`${field.name} takes ${listed(operators)}`, operator);
  }
  return fieldTerm(raw, field, operator.text);
}

function bareWord(raw: RawTerm): Term {
  const { from, to, negated, key } = raw;
  if (key.text === '' || key.prefix !== undefined) {
    throw new QueryProblem(
      key.text === '' ? 'a word is missing here' : 'an operator and a value are missing here',
      { from, to },
    );
  }
  if (!key.quoted && TRACE_ID.test(key.text)) {
    return { from, to, field: 'trace', operator: negated ? '!=' : '=', values: [key.text.toLowerCase()] };
  }
  return { from, to, field: 'text', value: key.text, negated };
}

/**
 * The compiler cannot follow a name from the table. The type of the field decides the content of
 * the term.
 */
function fieldTerm(raw: RawTerm, field: QueryField, operator: string): Term {
  const base = { from: raw.from, to: raw.to, field: field.name, operator };
  switch (field.type) {
    case 'text':
      return { ...base, values: raw.values.map(({ text }) => text) } as Term;
    case 'word':
      return { ...base, values: raw.values.map(wordOf(field)) } as Term;
    case 'severity': {
      const values = /[<>]/.test(operator) ? [single(raw, field)] : raw.values;
      return { ...base, values: values.map(wordOf(field)) } as Term;
    }
    case 'traceId':
      return { ...base, values: raw.values.map(hexOf(TRACE_ID, 32)) } as Term;
    case 'spanId':
      return { ...base, values: raw.values.map(hexOf(SPAN_ID, 16)) } as Term;
    case 'duration':
      return { ...base, valueNs: nanoseconds(single(raw, field)) } as Term;
    case 'number':
      return { ...base, value: wholeNumber(single(raw, field)) } as Term;
    case 'feature':
    case 'attributes': {
      const what = wordOf(field)(single(raw, field));
      return { from: raw.from, to: raw.to, field: 'has', what, negated: raw.negated } as Term;
    }
  }
}

// A quoted key is used as it is. Like `attr.`, it reaches attributes with the name of a field.
function attributeTerm(raw: RawTerm, operator: string): Term {
  const { key } = raw;
  if (!ATTRIBUTE_OPERATORS.includes(operator)) {
    const hint = operator === ':' ? `; “:” is for has:${QUERY_FEATURES.join(', has:')}` : '';
    throw new QueryProblem(`an attribute takes ${listed(ATTRIBUTE_OPERATORS)}${hint}`, raw.operator ?? raw);
  }
  if (/[<>]/.test(operator)) {
    for (const value of raw.values) {
      if (!isNumber(value.text)) throw new QueryProblem(`${operator} compares numbers`, value);
    }
    if (raw.values.length > 1) throw new QueryProblem(`${operator} takes one value`, raw.values[1] ?? raw);
  }
  const isExact = key.quoted && key.prefix === undefined;
  const prefixed = isExact ? undefined : attributePrefixOf((key.prefix ?? '') + key.text);
  return {
    from: raw.from,
    to: raw.to,
    field: (prefixed?.prefix.slice(0, -1) ?? 'attribute') as AttributeTermField,
    key: prefixed?.rest ?? key.text,
    operator: operator as TextOperator | NumberOperator,
    values: raw.values.map(({ text }) => text),
  };
}

function single(raw: RawTerm, field: QueryField): Word {
  const [first, second] = raw.values;
  if (second !== undefined) throw new QueryProblem(`${field.name} takes one value`, second);
  return first as Word;
}

function wordOf({ name, words = [] }: QueryField): (value: Word) => string {
  return (value) => {
    const word = value.text.toLowerCase();
    if (!words.includes(word)) throw new QueryProblem(`${name} is one of ${words.join(', ')}`, value);
    return word;
  };
}

function hexOf(pattern: RegExp, digits: number): (value: Word) => string {
  return (value) => {
    if (!pattern.test(value.text)) throw new QueryProblem(`an ID of ${digits} hex digits goes here`, value);
    return value.text.toLowerCase();
  };
}

function nanoseconds(value: Word): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-zµμ]*)$/i.exec(value.text) ?? [];
  const factor = NS_PER_UNIT[unit.toLowerCase()];
  if (number === '' || factor === undefined) {
    throw new QueryProblem('a duration has a unit: ns, us, ms, s, m or h, as in 100ms', value);
  }
  const ns = Math.round(Number(number) * factor);
  if (!Number.isSafeInteger(ns)) throw new QueryProblem('this is longer than any duration here', value);
  return ns;
}

function wholeNumber(value: Word): number {
  const number = Number(value.text);
  if (!/^\d+$/.test(value.text) || !Number.isSafeInteger(number)) {
    throw new QueryProblem('a whole number goes here', value);
  }
  return number;
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

function missing(value: Word) {
  return { from: Math.max(0, value.from - 1), to: value.to };
}

function listed(operators: readonly string[]): string {
  return operators.length === 1
    ? `${operators[0]}`
    : `${operators.slice(0, -1).join(' ')} or ${operators.at(-1)}`;
}
