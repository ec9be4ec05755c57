import { ProblemException } from '@span-links/service-shell';

/** @returns in lower case. @throws ProblemException 400 */
export function traceIdOf(text: string): string {
  return idOf('trace', text, 32);
}

/** @returns in lower case. @throws ProblemException 400 */
export function spanIdOf(text: string): string {
  return idOf('span', text, 16);
}

function idOf(kind: string, text: string, digits: number): string {
  const id = text.toLowerCase();
  if (id.length === digits && /^[0-9a-f]*$/.test(id)) return id;
  throw new ProblemException({ status: 400, detail: `A ${kind} ID has ${digits} hex digits.` });
}

/** For a missing trace or span. It may have been evicted, or may still come. */
export function notHere(what: string): ProblemException {
  return new ProblemException({ status: 404, detail: `There is no ${what} with this ID here.` });
}
