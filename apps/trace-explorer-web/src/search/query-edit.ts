import { formatQuery, parseQuery, type Term } from '@span-links/explorer-api';

type TermTest = (term: Term) => boolean;

/** The terms of a query, or undefined if it is invalid. */
export function termsOf(text: string): readonly Term[] | undefined {
  const parsed = parseQuery(text);
  return parsed.ok ? parsed.query.terms : undefined;
}

/**
 * Replaces the first term that passes the test, or appends one; without a new term, removes it. The
 * other text stays unchanged, and so does an invalid query.
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
  /** The terms that belong to it. */
  readonly isPart?: TermTest;
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
  {
    label: 'Never picked up',
    title: 'Traces with a producer span that nothing links to: a message that nobody took',
    term: 'kind=producer backlinks=0',
    isOn: (term) => term.field === 'backlinks' && term.operator === '=' && term.value === 0,
    isPart: (term) => term.field === 'kind' && term.operator === '=' && term.values.join() === 'producer',
  },
];

export function isOn(text: string, toggle: Toggle): boolean {
  return termsOf(text)?.some(toggle.isOn) ?? false;
}

export function toggled(text: string, toggle: Toggle): string {
  if (!isOn(text, toggle)) return replaceTerm(text, toggle.isOn, toggle.term);
  return replaceTerm(text, (term) => toggle.isOn(term) || (toggle.isPart?.(term) ?? false), undefined);
}

/** The services that a query asks for. */
export function servicesIn(text: string): readonly string[] {
  return termsOf(text)?.find(isServices)?.values ?? [];
}

export function withServices(text: string, services: readonly string[]): string {
  const place = { from: 0, to: 0 };
  const term = { ...place, field: 'service', operator: '=', values: services } as const;
  return replaceTerm(text, isServices, services.length > 0 ? formatQuery({ terms: [term] }) : undefined);
}

/** The shortest duration that a query asks for, in ns. */
export function leastDurationIn(text: string): number | undefined {
  return termsOf(text)?.find(isLeastDuration)?.valueNs;
}

/** @param written for example `100ms`. */
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
