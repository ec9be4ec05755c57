import {
  operatorsAfter,
  operatorsOf,
  QUERY_FIELDS,
  queryPointAt,
  type Place,
  type QueryPoint,
  type Suggestions,
} from '@span-links/explorer-api';

/** A text to insert into a query, at a place or instead of the whole query. */
export interface Choice {
  readonly group: 'Recent searches' | 'Fields' | 'Operators' | 'Attributes' | 'Values';
  readonly text: string;
  readonly hint: string;
  readonly replace: Place;
}

const OPERATOR_HINTS: Readonly<Record<string, string>> = {
  '=': 'is one of',
  '!=': 'is none of',
  '~': 'contains',
  '!~': 'does not contain',
  '>': 'is more than',
  '>=': 'is at least',
  '<': 'is less than',
  '<=': 'is at most',
  ':': 'has',
};

/**
 * The completions at a place of a query.
 *
 * @param answer of the server, possibly to an earlier text: it is valid while the same word is
 * being typed. Completions that need no server are there from the first key press, and the server's
 * answer does not change their order.
 */
export function choicesAt(
  text: string,
  at: number,
  answer: Suggestions | undefined,
  recent: readonly string[],
): Choice[] {
  const point = queryPointAt(text, at);
  const whole = { from: 0, to: text.length };
  const current = answer?.from === point.replace.from ? answer.suggestions : [];
  const received = current.filter(({ text: found }) => startsWith(found, point.typed));
  const completions = point.kind === 'key' ? keys(point, received) : values(point, received);
  if (text.trim() !== '') return completions;
  return [
    ...recent.map((search): Choice => ({
      group: 'Recent searches',
      text: search,
      hint: '',
      replace: whole,
    })),
    ...completions,
  ];
}

/** The query after a choice, and the new place of the cursor. */
export function withChoice(
  text: string,
  { group, text: chosen, replace }: Choice,
): { text: string; at: number } {
  const rest = text.slice(replace.to);
  // After a value, the next word begins.
  const space = group === 'Values' && !/^[\s,]/.test(rest) ? ' ' : '';
  const head = text.slice(0, replace.from) + chosen + space;
  return { text: head + rest, at: head.length };
}

function keys(point: QueryPoint & { kind: 'key' }, received: Suggestions['suggestions']): Choice[] {
  const { typed, replace } = point;
  const fields = QUERY_FIELDS.filter(({ name }) => startsWith(name, typed)).map(
    ({ name, type, description }): Choice => ({
      group: 'Fields',
      text: type === 'attributes' ? name : name + (operatorsOf({ type })[0] ?? '='),
      hint: description,
      replace,
    }),
  );
  const known = new Set(fields.map(({ text }) => text));
  const attributes = received
    .filter(({ text }) => !known.has(text))
    .map(({ text, hint }): Choice => ({ group: 'Attributes', text, hint, replace }));
  return [...operators(point, attributes), ...fields, ...attributes].filter(({ text }) => text !== typed);
}

/** The operators that may follow a name. */
function operators(
  { typed, replace }: QueryPoint & { kind: 'key' },
  attributes: readonly Choice[],
): Choice[] {
  const isField = QUERY_FIELDS.some(({ name }) => name === typed && !name.endsWith('.'));
  if (!isField && !attributes.some(({ text }) => text === `${typed}=`)) return [];
  // The first one is part of the name's own choice.
  return operatorsAfter(typed)
    .slice(1)
    .map((operator) => ({
      group: 'Operators',
      text: typed + operator,
      hint: OPERATOR_HINTS[operator] ?? '',
      replace,
    }));
}

function values(point: QueryPoint & { kind: 'value' }, received: Suggestions['suggestions']): Choice[] {
  const field = QUERY_FIELDS.find(({ name }) => name === point.key);
  const words = field?.words?.filter((word) => startsWith(word, point.typed));
  const texts = words ?? received.map(({ text }) => text);
  return texts.map((text) => ({ group: 'Values', text, hint: '', replace: point.replace }));
}

// Quotes are ignored in the comparison.
function startsWith(text: string, typed: string): boolean {
  return text.replace(/^"/, '').toLowerCase().startsWith(typed.toLowerCase());
}
