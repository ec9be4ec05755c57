import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

/** What the OpenAPI document says about the service. */
export interface OpenApiInfo {
  title: string;
  description: string;
  version?: string | undefined;
  /** Adds what Nest cannot know to the finished document: shared schemas, routes of other handlers. */
  amend?: ((document: OpenAPIObject) => OpenAPIObject) | undefined;
}

/**
 * Serves the OpenAPI document at `/docs-json` and Swagger UI at `/docs`. The UI's files come from the installed package,
 * so it works without a network. The document is built at the first request for it, not at the start.
 */
export function serveOpenApi(app: NestExpressApplication, info: OpenApiInfo): void {
  const config = new DocumentBuilder()
    .setTitle(info.title)
    .setDescription(info.description)
    .setVersion(info.version ?? '0.0.0')
    .build();
  const amend = info.amend ?? ((document: OpenAPIObject) => document);
  SwaggerModule.setup('docs', app, () => amend(SwaggerModule.createDocument(app, config)), {
    customSiteTitle: info.title,
    raw: ['json'],
  });
}
