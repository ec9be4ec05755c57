/** The server's description of a failed request (RFC 9457), or a description without the server. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** The HTTP status; 0 if the server did not answer. */
  readonly status: number;
  /** The place of the error in an invalid query. */
  readonly place: { readonly from: number; readonly to: number } | undefined;

  constructor(status: number, message: string, place?: { from: number; to: number }) {
    super(message);
    this.status = status;
    this.place = place;
  }
}

/** Describes any thrown value for the person at the page. */
export function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reads a problem from a failed response with any body. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => undefined);
  const { detail, title, from, to } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  const message =
    [detail, title].find((text) => typeof text === 'string') ?? `The server answered ${response.status}.`;
  const place = typeof from === 'number' && typeof to === 'number' ? { from, to } : undefined;
  return new ApiProblem(response.status, message, place);
}
