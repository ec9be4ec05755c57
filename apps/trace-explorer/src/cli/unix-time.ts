const MS_PER_UNIT: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Parses a time as typed: an ISO 8601 date, an age (`30m`, `2h`, `7d`), or unix time in ns.
 *
 * @returns unix time in ns, decimal text; `undefined` for any other text
 */
export function unixNsOf(text: string, nowMs: number): string | undefined {
  if (/^\d{12,19}$/.test(text)) return text;
  const [, number = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = unit
    ? nowMs - Number(number) * MS_PER_UNIT[unit]!
    : /^\d{4}-/.test(text)
      ? Date.parse(text)
      : NaN;
  return Number.isFinite(ms) && ms >= 0 ? `${BigInt(ms) * 1_000_000n}` : undefined;
}
