/** Spans as OTLP/JSON, with the fields that a test needs. */
export function spanOf(traceId: string, spanId: string, more: Record<string, unknown> = {}) {
  return {
    traceId,
    spanId,
    name: 'work',
    kind: 1,
    startTimeUnixNano: '1795377194750000000',
    endTimeUnixNano: '1795377194755000000',
    flags: 257,
    ...more,
  };
}

export function requestOf(spans: readonly unknown[], service = 'orders-api') {
  const attributes = [{ key: 'service.name', value: { stringValue: service } }];
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: 'test' }, spans }] }] };
}

/** Different hex ids. */
export const traceIdOf = (n: number) => n.toString(16).padStart(32, '0');
export const spanIdOf = (n: number) => n.toString(16).padStart(16, '0');

export function postJson(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
  path = '/v1/traces',
) {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export async function getJson<T = Record<string, unknown>>(url: string, path: string): Promise<T> {
  const response = await fetch(url + path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
