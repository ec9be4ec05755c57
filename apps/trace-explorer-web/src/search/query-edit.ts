import { formatQuery, parseQuery, type Term } from '@span-links/explorer-api';

type TermTest = (term: Term) => boolean;

/** The terms of a query, or undefined where it does not parse. */
export function termsOf(text: string): readonly Term[] | undefined {
  const parsed = parseQuery(text);
  return parsed.ok ? parsed.query.terms : undefined;
}

/**
 * Puts a term in the place of the first one that passes the test, or at the end; without one, takes it away. What its reader wrote
 * otherwise stays letter for letter, and so does a query that does not parse.
 */
export function replaceTerm(text: string, isReplaced: TermTest, written: string | undefined): string {
  const replaced = termsOf(text)?.filter(isReplaced);
  if (replaced === undefined) return text;
  const [first] = replaced;
  if (first === undefined) return joined(text, written ?? '');
  let edited = text;
  for (const term of replaced.toReversed()) {
    const kept = term === first ? (written ?? '') : '';
    edited = joined(edited.slice(0, term.from), kept, edited.slice(term.to));
  }
  return edited;
}

/** A filter that is on or off. */
export interface Toggle {
  readonly label: string;
  readonly title: string;
  readonly term: string;
  readonly isOn: TermTest;
}

export const TOGGLES: readonly Toggle[] = [
  {
    label: 'Errors',
    title: 'Traces with a span that failed',
    term: 'has:errors',
    isOn: (term) => isFeature(term, 'errors') || isErrorStatus(term),
  },
  {
    label: '↗ Links',
    title: 'Traces with a span that links to another',
    term: 'has:links',
    isOn: (term) => isFeature(term, 'links'),
  },
  {
    label: '↙ Linked from',
    title: 'Traces with a span that another links to',
    term: 'has:backlinks',
    isOn: (term) => isFeature(term, 'backlinks'),
  },
];

export function isOn(text: string, toggle: Toggle): boolean {
  return termsOf(text)?.some(toggle.isOn) ?? false;
}

export function toggled(text: string, toggle: Toggle): string {
  return replaceTerm(text, toggle.isOn, isOn(text, toggle) ? undefined : toggle.term);
}

/** The services of which one is asked for. */
export function servicesIn(text: string): readonly string[] {
  return termsOf(text)?.find(isServices)?.values ?? [];
}

export function withServices(text: string, services: readonly string[]): string {
  const place = { from: 0, to: 0 };
  const term = { ...place, field: 'service', operator: '=', values: services } as const;
  return replaceTerm(text, isServices, services.length > 0 ? formatQuery({ terms: [term] }) : undefined);
}

/** The shortest duration that is asked for, in ns. */
export function leastDurationIn(text: string): number | undefined {
  return termsOf(text)?.find(isLeastDuration)?.valueNs;
}

/** @param written as in `100ms`. */
export function withLeastDuration(text: string, written: string | undefined): string {
  return replaceTerm(text, isLeastDuration, written && `duration>=${written}`);
}

function isServices(term: Term): term is Extract<Term, { field: 'service' | 'name' }> {
  return term.field === 'service' && term.operator === '=';
}

function isLeastDuration(term: Term): term is Extract<Term, { field: 'duration' }> {
  return term.field === 'duration' && (term.operator === '>=' || term.operator === '>');
}

function isFeature(term: Term, what: string): boolean {
  return term.field === 'has' && !term.negated && term.what === what;
}

function isErrorStatus(term: Term): boolean {
  return term.field === 'status' && term.operator === '=' && term.values.join() === 'error';
}

function joined(...parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ');
}
