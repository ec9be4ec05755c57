import { ProblemException } from '@span-links/service-shell';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a path segment can be the id of an order at all; Postgres would refuse to compare others. */
export function isOrderId(text: string): boolean {
  return UUID.test(text);
}

/** What is answered where there is no such order. */
export function noSuchOrder(): ProblemException {
  return new ProblemException({ status: 404, detail: 'There is no order with this id.' });
}
