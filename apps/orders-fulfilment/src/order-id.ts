const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** True for text that can be the id of an order. Postgres refuses to compare other text with a UUID. */
export function isOrderId(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text);
}
