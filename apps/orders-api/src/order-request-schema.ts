import type { ApiBodyOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { orderRequest } from './order-request.ts';

type OpenApiSchema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

/** The request body for OpenAPI, derived from the schema that validates it. */
export const orderRequestSchema = z.toJSONSchema(orderRequest, { target: 'openapi-3.0' }) as OpenApiSchema;
