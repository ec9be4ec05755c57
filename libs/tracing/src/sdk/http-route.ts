import { context, type Span } from '@opentelemetry/api';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { otelCore } from './packages.ts';

/** The properties that express adds to a request once one of its routes has matched. */
interface RoutedRequest {
  readonly baseUrl?: string;
  readonly route?: { readonly path?: unknown };
}

/**
 * A `responseHook` for the http instrumentation that gives an express request its route, and with it the name `POST
 * /orders`, the attribute `http.route` and the metrics' dimension. The http instrumentation reads all three from the
 * request's RPC metadata when the response closes, in a listener that it adds after calling this hook; so a listener
 * added here runs just before. The express instrumentation also fills in the metadata (and then overrides this), but it
 * wraps every layer and, under ESM, needs a loader hook.
 */
export function nameByExpressRoute(): (span: Span, response: IncomingMessage | ServerResponse) => void {
  const { getRPCMetadata } = otelCore();
  return (_span, response) => {
    // The response to a call of this process is an IncomingMessage, and has no request.
    if (!('req' in response) || !('writableEnded' in response)) return;
    const metadata = getRPCMetadata(context.active());
    if (metadata === undefined) return;
    response.once('close', () => {
      const route = expressRoute(response.req as RoutedRequest);
      if (route !== undefined) metadata.route ??= route;
    });
  };
}

/** The template under which express has registered the handler, such as `/orders/:id`; undefined if no route matched. */
export function expressRoute({ baseUrl = '', route }: RoutedRequest): string | undefined {
  const path = route?.path;
  if (typeof path !== 'string' && !(path instanceof RegExp)) return undefined;
  const template = String(path);
  return baseUrl !== '' && template === '/' ? baseUrl : `${baseUrl}${template}`;
}
