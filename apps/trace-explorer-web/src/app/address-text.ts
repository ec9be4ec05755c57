/** Any parameters of an address: a person may have typed them. */
export type Parameters = Readonly<Record<string, unknown>>;

/**
 * A parameter as it stands in the address. The router reads `123` and `true` as a number and a
 * truth value.
 */
export function textIn(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}
