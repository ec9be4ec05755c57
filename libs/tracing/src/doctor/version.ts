type Parts = readonly [major: number, minor: number, patch: number];

/** Negative, zero or positive, as for sorting. Ignores pre-release tags. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [partsOf(one), partsOf(other)];
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

export function majorOf(version: string): number {
  return partsOf(version)[0];
}

/**
 * Whether a range admits a version. Understands the parts of peer ranges: comparators, `^`, `~`, exact versions and
 * `||`. Returns true for anything else, because a doctor must not invent a disease.
 */
export function admits(range: string, version: string): boolean {
  return range.split('||').some((alternative) =>
    alternative
      .trim()
      .split(/\s+/)
      .every((comparator) => meets(comparator, version)),
  );
}

function meets(comparator: string, version: string): boolean {
  const match = /^(\^|~|>=|<=|>|<|=)?v?(\d+(?:\.\d+){0,2}[-+.\w]*)$/.exec(comparator);
  if (match?.[2] === undefined) return true;
  const bound = match[2];
  const order = compareVersions(version, bound);
  switch (match[1]) {
    case '>=':
      return order >= 0;
    case '>':
      return order > 0;
    case '<=':
      return order <= 0;
    case '<':
      return order < 0;
    case '^':
      return order >= 0 && compareVersions(version, caretEnd(bound)) < 0;
    case '~':
      return order >= 0 && compareVersions(version, tildeEnd(bound)) < 0;
    case '=':
    case undefined:
    case '=':
    case undefined:
    default:
      return order === 0;
  }
}

function caretEnd(version: string): string {
  const [major, minor, patch] = partsOf(version);
  if (major > 0) return `${major + 1}.0.0`;
  return minor > 0 ? `0.${minor + 1}.0` : `0.0.${patch + 1}`;
}

function tildeEnd(version: string): string {
  const [major, minor] = partsOf(version);
  return `${major}.${minor + 1}.0`;
}

function partsOf(version: string): Parts {
  const [major = 0, minor = 0, patch = 0] = version
    .replace(/^v/, '')
    .split(/[-+]/, 1)[0]!
    .split('.')
    .map((part) => Number.parseInt(part, 10) || 0);
  return [major, minor, patch];
}
