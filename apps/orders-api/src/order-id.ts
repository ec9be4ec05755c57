import { ProblemException } from '@span-links/service-shell';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Tells whether a path segment can be the id of an order. Postgres refuses to compare other text with a UUID. */
export function isOrderId(text: string): boolean {
  return UUID.test(text);
}

/** The answer for an unknown order. */
export function noSuchOrder(): ProblemException {
  return new ProblemException({ status: 404, detail: 'There is no order with this id.' });
}
