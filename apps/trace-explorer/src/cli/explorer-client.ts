/** The address of the explorer that a command uses. */
export interface ExplorerAddress {
  readonly url: string;
  readonly token: string | undefined;
}

/** A failure that ends a command, as a sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    message: string,
    readonly answer: {
      /** True if nothing answered at the address. */
      readonly isAway?: boolean;
      /**
       * True if a retry may succeed: the explorer is overloaded, stopping or without its database.
       */
      readonly isPassing?: boolean;
      readonly body?: Readonly<Record<string, unknown>> | undefined;
    } = {},
  ) {
    super(message);
  }
}

/** @throws CommandError */
export function explorerAddress({ url, token }: ExplorerAddress): ExplorerAddress {
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    throw new CommandError(`--url is "${url}"; it has to be an address such as http://127.0.0.1:4318`);
  }
  return { url: url.replace(/\/+$/, ''), token };
}

/**
 * Calls the explorer. An error answer becomes a sentence.
 *
 * @throws CommandError
 */
export async function ask(
  { url, token }: ExplorerAddress,
  path: string,
  init: RequestInit & { readonly duplex?: 'half' } = {},
): Promise<Response> {
  const headers = { ...init.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  let response: Response;
  try {
    response = await fetch(url + path, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const hint = 'start it, or name another with --url';
    throw new CommandError(`no explorer answers at ${url} (${reason}); ${hint}`, { isAway: true });
  }
  if (response.ok) return response;
  const body = bodyOf(await response.text());
  const isPassing = PASSING.has(response.status);
  throw new CommandError(sentenceOf(response.status, body, url), { isPassing, body });
}

const PASSING: ReadonlySet<number> = new Set([429, 503, 504]);

function sentenceOf(
  status: number,
  body: Readonly<Record<string, unknown>> | undefined,
  url: string,
): string {
  if (status === 401) return `the explorer at ${url} wants a token: set EXPLORER_TOKEN or --token`;
  const detail = body?.['detail'];
  return `the explorer answered ${status}${typeof detail === 'string' ? `: ${detail}` : ''}`;
}

function bodyOf(text: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
