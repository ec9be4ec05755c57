import { attributePrefixOf, queryFieldNamed } from './query-fields.ts';
import type { Query, Term } from './query.ts';

/** Writes a query as text that parses to the same terms. */
export function formatQuery({ terms }: Query): string {
  return terms.map(formatTerm).join(' ');
}

function formatTerm(term: Term): string {
  if (term.field === 'text') return (term.negated ? '-' : '') + quoted(term.value, isPlainWord);
  if (term.field === 'has') return `${term.negated ? '-' : ''}has:${term.what}`;
  if ('key' in term) return formatKey(term) + term.operator + valuesOf(term.values);
  if ('valueNs' in term) return `${term.field}${term.operator}${duration(term.valueNs)}`;
  if ('value' in term) return `${term.field}${term.operator}${term.value}`;
  return `${term.field}${term.operator}${valuesOf(term.values)}`;
}

function formatKey({ field, key }: Extract<Term, { readonly key: string }>): string {
  if (field === 'attribute') {
    const isPlain =
      isPlainKey(key) && queryFieldNamed(key) === undefined && attributePrefixOf(key) === undefined;
    return isPlain ? key : quote(key);
  }
  // `link.traceId` is a field, so the key of that name is quoted.
  return isPlainKey(key) && queryFieldNamed(`${field}.${key}`) === undefined
    ? `${field}.${key}`
    : `${field}.${quote(key)}`;
}

function valuesOf(values: readonly string[]): string {
  return values.map((value) => quoted(value, (plain) => /^[^\s",]+$/.test(plain))).join(',');
}

function isPlainKey(key: string): boolean {
  return /^[^\s"=~<>!:-][^\s"=~<>!:]*$/.test(key);
}

function isPlainWord(word: string): boolean {
  return isPlainKey(word) && !/^[0-9a-f]{32}$/i.test(word);
}

function quoted(text: string, isPlain: (text: string) => boolean): string {
  return isPlain(text) ? text : quote(text);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

const UNITS = [
  ['h', 3_600e9],
  ['m', 60e9],
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
] as const;

function duration(ns: number): string {
  const unit = ns === 0 ? undefined : UNITS.find(([, factor]) => ns % factor === 0);
  return unit === undefined ? `${ns}ns` : `${ns / unit[1]}${unit[0]}`;
}
