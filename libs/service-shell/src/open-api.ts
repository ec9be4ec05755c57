import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** What the OpenAPI document says about the service. */
export interface OpenApiInfo {
  title: string;
  description: string;
  version?: string | undefined;
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
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, config), {
    customSiteTitle: info.title,
    raw: ['json'],
  });
}
