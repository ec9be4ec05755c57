import { applyDecorators, Header } from '@nestjs/common';
import { ApiOkResponse, ApiResponse } from '@nestjs/swagger';
import type { ApiSchemaName } from './api-schemas.ts';

/**
 * Describes the answer of an API endpoint. A browser may keep an answer but must check if it is
 * still valid (Express adds the ETag), because spans may come in at any moment.
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
