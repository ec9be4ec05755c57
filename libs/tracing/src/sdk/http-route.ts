import { context, type Span } from '@opentelemetry/api';
import type { RPCMetadata } from '@opentelemetry/core';
import { IncomingMessage, type ClientRequest } from 'node:http';
import { otelCore } from './packages.ts';

/** What express puts on a request once one of its routes has matched. */
interface RoutedRequest {
  readonly baseUrl?: string;
  readonly route?: { readonly path?: unknown };
}

/**
 * A `requestHook` for the http instrumentation that gives an express request its route, and with it the name
 * `POST /orders`, the attribute `http.route` and the metrics' dimension, all of which the http instrumentation takes
 * from the request's RPC metadata when the response closes. The express instrumentation fills that in too, at the price
 * of a wrapper around every layer and, under ESM, of a loader hook. Here the route is asked for only then, by an
 * accessor; the setter lets an instrumentation that knows better have the last word.
 */
export function nameByExpressRoute(): (span: Span, request: ClientRequest | IncomingMessage) => void {
  const { getRPCMetadata } = otelCore();
  return (_span, request) => {
    if (!(request instanceof IncomingMessage)) return;
    const metadata = getRPCMetadata(context.active());
    if (metadata !== undefined) readRouteFrom(request, metadata);
  };
}

function readRouteFrom(request: IncomingMessage, metadata: RPCMetadata): void {
  let known: string | undefined;
  Object.defineProperty(metadata, 'route', {
    configurable: true,
    enumerable: true,
    get: () => known ?? expressRoute(request as RoutedRequest),
    set: (route: string | undefined) => {
      known = route;
    },
  });
}

/** The template under which express has registered the handler, such as `/orders/:id`; undefined if no route matched. */
export function expressRoute({ baseUrl = '', route }: RoutedRequest): string | undefined {
  const path = route?.path;
  if (typeof path !== 'string' && !(path instanceof RegExp)) return undefined;
  const template = String(path);
  return baseUrl !== '' && template === '/' ? baseUrl : `${baseUrl}${template}`;
}
