/**
 * Stores a carrier as JSON in a text column. Unlike TypeORM's `simple-json`, it passes a text that is not JSON on
 * unchanged and lets `parseCarrier` judge it: such a text must not fail the query, along with every other row of the
 * result.
 */
export const carrierText = {
  to(value: unknown): unknown {
    // Besides carriers, TypeORM 0.3 passes the find operators of a `where` through here.
    const isCarrier = typeof value === 'object' && value !== null && 'traceparent' in value;
    return isCarrier ? JSON.stringify(value) : value;
  },

  from(stored: unknown): unknown {
    if (typeof stored !== 'string' || !stored.trimStart().startsWith('{')) return stored;
    try {
      return JSON.parse(stored);
    } catch {
      return stored;
    }
  },
};
