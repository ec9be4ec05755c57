import type { NestExpressApplication } from '@nestjs/platform-express';

/**
 * Response headers for an API with a Swagger UI, and a guard against forged cross-site requests.
 *
 * Everything the UI needs comes from this service, so no other origin is allowed; its inline styles and data images are.
 * Left out of the usual set: HSTS and upgrade-insecure-requests, because the service speaks plain HTTP (a proxy that
 * speaks TLS adds them) and some browsers apply the latter to 127.0.0.1, which leaves the UI blank.
 */
export function useSecurityDefaults(app: NestExpressApplication): void {
  app.useSecurityHeaders({
    strictTransportSecurity: false,
    // The policy's frame-ancestors says it already.
    xFrameOptions: false,
    // For browsers nobody has run for years, or of no use to an API: bytes on every response.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
        'style-src': ["'self'", "'unsafe-inline'"],
      },
    },
  });
  // A service on 127.0.0.1 can be reached by every page its developer has open: a form on such a page could POST
  // without a preflight. Clients that are no browsers send none of the headers this looks at and are not affected.
  app.enableCsrfProtection();
}
