import type { OpenAPIObject } from '@nestjs/swagger';
import { OTLP_PATHS } from '@span-links/otlp';
import { z } from 'zod';
import { API_SCHEMAS } from './api-schemas.ts';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type PathItem = OpenAPIObject['paths'][string];

/** Adds to the document what Nest does not know: the schemas of the answers, OTLP's paths, the token. */
export function completeDocument(
  document: OpenAPIObject,
  { needsToken }: { needsToken: boolean },
): OpenAPIObject {
  const components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...schemas() },
    ...(needsToken && { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } }),
  };
  const otlp = Object.fromEntries(OTLP_PATHS.map((path) => [path, otlpPath(path)]));
  return {
    ...document,
    paths: { ...otlp, ...document.paths },
    components,
    ...(needsToken && { security: [{ token: [] }] }),
  };
}

function schemas(): Schemas {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(API_SCHEMAS)) registry.add(schema, { id });
  const { schemas: made } = z.toJSONSchema(registry, {
    target: 'openapi-3.0',
    io: 'output',
    uri: (id) => `#/components/schemas/${id}`,
  });
  // An `$id` is no part of OpenAPI 3.0.
  return Object.fromEntries(
    Object.entries(made).map(([id, { $id: _, ...schema }]) => [id, schema]),
  ) as unknown as Schemas;
}

function otlpPath(path: string): PathItem {
  const isTraces = path.endsWith('/traces');
  const body = { schema: { type: 'object' as const } };
  return {
    post: {
      tags: ['otlp'],
      summary: isTraces ? 'Take spans; answered once they are stored.' : 'Accepted and counted, not kept.',
      requestBody: {
        description: 'An export request of OTLP, plain or gzip.',
        content: {
          'application/x-protobuf': { schema: { type: 'string', format: 'binary' } },
          'application/json': body,
        },
      },
      responses: {
        200: { description: 'In the encoding of the request; `partial_success` names what was refused.' },
        400: { description: 'Not a readable request; a `google.rpc.Status` says where.' },
        413: { description: 'The body is too large, or holds too many spans.' },
        415: { description: 'Neither protobuf nor JSON, or packed with something other than gzip.' },
        429: { description: 'Too much is waiting to be stored; see Retry-After.' },
        503: { description: 'The database is away, or the explorer is stopping; see Retry-After.' },
      },
    },
  };
}
