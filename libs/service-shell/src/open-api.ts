import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

/** Swagger UI's own colours have contrasts of 2.0 to 3.8, and the links to its operations are lower than the 24 px of WCAG 2.2. */
const READABLE = `
.swagger-ui .info .title small { background: #59606d }
.swagger-ui .info .title small.version-stamp { background: #4b6a02 }
.swagger-ui .info a, .swagger-ui .renderedMarkdown a { color: #1f5fb8 }
.swagger-ui .opblock.opblock-get .opblock-summary-method { background: #1f5fb8 }
.swagger-ui .opblock.opblock-post .opblock-summary-method { background: #1a6e47 }
.swagger-ui .opblock.opblock-put .opblock-summary-method { background: #8a5300 }
.swagger-ui .opblock.opblock-delete .opblock-summary-method { background: #b3201c }
.swagger-ui .opblock .opblock-summary-path a { display: inline-block; line-height: 24px }
.swagger-ui .parameter__in, .swagger-ui .prop-format, .swagger-ui .parameter__extension { color: #595959 }
.swagger-ui .parameter__name.required::after, .swagger-ui .parameter__name.required span { color: #b3201c }
`;

/** The OpenAPI document's data about the service. */
export interface OpenApiInfo {
  title: string;
  description: string;
  version?: string | undefined;
  /** Adds the parts that Nest cannot know to the finished document: shared schemas, routes of other handlers. */
  amend?: ((document: OpenAPIObject) => OpenAPIObject) | undefined;
}

/**
 * Serves the OpenAPI document at `/docs-json` and Swagger UI at `/docs`. The UI's files come from the installed
 * package, so it works without a network. The document is built at its first request, not at the start.
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
    customCss: READABLE,
    raw: ['json'],
  });
}
