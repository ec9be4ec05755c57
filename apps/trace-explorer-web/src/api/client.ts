import { ApiProblem, problemOf } from './problem.ts';

/** Values of a query string. Undefined, null and empty values are left out. */
export type Parameters = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * Calls the API of the server that served this page.
 *
 * @throws ApiProblem if the server refuses, fails or cannot be reached.
 */
export async function get<T>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> {
  const response = await fetch(urlOf(path, parameters), signal ? { signal } : {}).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiProblem(0, 'The explorer does not answer. Is it still running?');
  });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

/** The address of an API resource, for links and for `EventSource`. */
export function urlOf(path: string, parameters: Parameters = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  return `/api/v1${path}${search.size > 0 ? `?${search}` : ''}`;
}
