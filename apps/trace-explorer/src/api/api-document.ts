import type { OpenAPIObject } from '@nestjs/swagger';
import { OTLP_PATHS } from '@span-links/otlp';
import { z } from 'zod';
import { IMPORT_PATH } from '../import/import-handler.ts';
import { API_SCHEMAS } from './api-schemas.ts';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type PathItem = OpenAPIObject['paths'][string];

/**
 * Adds the parts to the document that Nest does not know: the schemas of the answers, OTLP's paths,
 * the token.
 */
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
    paths: { ...otlp, [IMPORT_PATH]: importPath(), ...document.paths },
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
  // OpenAPI 3.0 has no `$id`.
  return Object.fromEntries(
    Object.entries(made).map(([id, { $id: _, ...schema }]) => [id, schema]),
  ) as unknown as Schemas;
}

function otlpPath(path: string): PathItem {
  const kept = path.endsWith('/traces') ? 'spans' : path.endsWith('/logs') ? 'log records' : undefined;
  const body = { schema: { type: 'object' as const } };
  return {
    post: {
      tags: ['otlp'],
      summary: kept
        ? `Take ${kept}; answered once they are stored.`
        : 'Counted and not kept; `partial_success` says so.',
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
        413: { description: 'The body is too large, or holds too many elements.' },
        415: { description: 'Neither protobuf nor JSON, or packed with something other than gzip.' },
        429: { description: 'Too much is waiting to be stored; see Retry-After.' },
        503: { description: 'The database is away, or the explorer is stopping; see Retry-After.' },
      },
    },
  };
}

function importPath(): PathItem {
  const report = { type: 'object' as const, description: 'What became of the file; `errors` names lines.' };
  return {
    post: {
      tags: ['traces'],
      summary:
        "Take a file of any length: JSON lines of the Collector, OTLP/JSON, Jaeger's data, Tempo's batches.",
      requestBody: {
        description:
          'The file as it is, plain or gzip. It has to arrive within a minute; the command `span-links-explorer import` has no limit.',
        content: { 'application/x-ndjson': { schema: { type: 'string' } } },
      },
      responses: {
        200: {
          description: 'All that could be read is stored.',
          content: { 'application/json': { schema: report } },
        },
        400: { description: 'Nothing of the file could be read.' },
        403: { description: 'A page of another origin sent it.' },
        429: { description: 'Two imports are running already; see Retry-After.' },
        503: {
          description:
            'The database is away, or the explorer is stopping; what is stored is recognized when it is sent again.',
        },
      },
    },
  };
}
