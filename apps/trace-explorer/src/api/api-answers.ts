import { applyDecorators, Header } from '@nestjs/common';
import { ApiOkResponse, ApiResponse } from '@nestjs/swagger';
import type { ApiSchemaName } from './api-schemas.ts';

/**
 * What an endpoint of the API answers. A browser may keep an answer but has to ask whether it still holds (Express adds the ETag):
 * spans may come in at any moment.
 */
export function ApiAnswer(
  schema: ApiSchemaName,
  errors: Readonly<Record<number, string>> = {},
): MethodDecorator {
  const described = { 400: 'A parameter is wrong; see `errors`, or `from` and `to` for a query.', ...errors };
  return applyDecorators(
    Header('cache-control', 'private, no-cache'),
    ApiOkResponse({
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
    }),
    ...Object.entries(described).map(([status, description]) => problem(Number(status), description)),
    problem(503, 'The database is away; see Retry-After.'),
    problem(504, 'The query took too long.'),
  );
}

function problem(status: number, description: string): MethodDecorator & ClassDecorator {
  const schema = { $ref: '#/components/schemas/Problem' };
  return ApiResponse({ status, description, content: { 'application/problem+json': { schema } } });
}
