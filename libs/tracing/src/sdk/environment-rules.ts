/**
 * The verdict of a rule on a raw value: the value to use (undefined: the default), and the problem, if there is one.
 */
export interface Verdict {
  readonly value: string | undefined;
  readonly wrong?: string;
}

export type Rule = (raw: string) => Verdict;

export function oneOf(...allowed: readonly string[]): Rule {
  return (raw) =>
    allowed.includes(raw)
      ? { value: raw }
      : { value: undefined, wrong: `"${raw}" is none of ${allowed.join(', ')}` };
}

/** A list without its unknown members. `alone` makes no sense beside other members. */
export function listOf(isKnown: (member: string) => boolean, knownMembers: string, alone?: string): Rule {
  return (raw) => {
    const members = [...new Set(raw.split(',').map((member) => member.trim()))].filter(
      (member) => member !== '',
    );
    const known = members.filter(isKnown);
    if (alone !== undefined && known.length > 1 && known.includes(alone)) {
      return { value: undefined, wrong: `"${alone}" cannot be combined with other values` };
    }
    const value = known.length > 0 ? known.join(',') : undefined;
    const unknown = members.filter((member) => !isKnown(member));
    if (unknown.length === 0) return { value };
    const names = unknown.map((member) => `"${member}"`).join(', ');
    return { value, wrong: `${names}: not one of ${knownMembers}; left out` };
  };
}

export function listOfNames(known: readonly string[], alone?: string): Rule {
  return listOf((member) => known.includes(member), known.join(', '), alone);
}

/** The limit of a Node.js timer; a longer one would fire at once. */
const MAX_NUMBER = 2 ** 31 - 1;

export function wholeNumberFrom(min: number): Rule {
  return (raw) =>
    /^\d+$/.test(raw) && Number(raw) >= min && Number(raw) <= MAX_NUMBER
      ? { value: raw }
      : { value: undefined, wrong: `"${raw}" is not a whole number from ${min} to ${MAX_NUMBER}` };
}

export const ratio: Rule = (raw) => {
  const number = Number(raw);
  return number >= 0 && number <= 1
    ? { value: raw }
    : { value: undefined, wrong: `"${raw}" is not a number between 0 and 1` };
};

export const rate: Rule = (raw) =>
  /^\d+(\.\d+)?$/.test(raw)
    ? { value: raw }
    : { value: undefined, wrong: `"${raw}" is not a number of at least 0` };

/** When links keep a span, as the text of one variable. */
export const keepRule: Rule = (raw) => {
  const value = raw.toLowerCase();
  if (value === 'any' || value === 'all' || value === 'off') return { value };
  const share = Number(/^ratio:(\d*\.?\d+)$/.exec(value)?.[1]);
  return share > 0 && share <= 1
    ? { value }
    : { value: undefined, wrong: `"${raw}" is none of any, all, off and ratio:<above 0, up to 1>` };
};

/** The value may contain a password, so the complaint does not repeat it. */
export const httpUrl: Rule = (raw) =>
  URL.canParse(raw) && /^https?:$/.test(new URL(raw).protocol)
    ? { value: raw }
    : { value: undefined, wrong: 'not a URL that begins with http:// or https://' };

/** `key=value,key=value`, percent-encoded. Values may be secret, so the complaint does not repeat them. */
export const keyValuePairs: Rule = (raw) => {
  const good: string[] = [];
  const pairs = raw.split(',').filter((pair) => pair.trim() !== '');
  for (const pair of pairs) if (isKeyValuePair(pair)) good.push(pair);
  const value = good.length > 0 ? good.join(',') : undefined;
  if (good.length === pairs.length) return { value };
  return {
    value,
    wrong: `${pairs.length - good.length} of ${pairs.length} entries are not key=value; left out`,
  };
};

function isKeyValuePair(pair: string): boolean {
  if (pair.indexOf('=') < 1) return false;
  try {
    decodeURIComponent(pair);
    return true;
  } catch {
    return false;
  }
}
