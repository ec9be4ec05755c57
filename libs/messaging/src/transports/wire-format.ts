/** The header with the id of a message, for brokers that have no field for it. */
export const MESSAGE_ID_HEADER = 'message-id';

/** Reads a body. Other programs may have written something other than JSON. */
export function bodyFrom(text: string): { body: unknown; unreadable?: string } {
  try {
    return { body: JSON.parse(text) as unknown };
  } catch (error) {
    return { body: text, unreadable: `the body is not JSON: ${(error as Error).message}` };
  }
}
