import type { NestExpressApplication } from '@nestjs/platform-express';

/**
 * Response headers for an API with a Swagger UI, and a guard against forged cross-site requests.
 *
 * The UI needs only this service, so no other origin is allowed, but its inline styles and data images are. HSTS and
 * upgrade-insecure-requests are missing, because the service speaks plain HTTP (a proxy with TLS adds them) and some
 * browsers apply the latter to 127.0.0.1, which leaves the UI blank.
 */
export function useSecurityDefaults(app: NestExpressApplication): void {
  app.useSecurityHeaders({
    strictTransportSecurity: false,
    // The policy's frame-ancestors has the same effect.
    xFrameOptions: false,
    // These headers are for very old browsers or useless for an API, but add bytes to every response.
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
  // Every page that a developer has open can reach a service on 127.0.0.1: a form on such a page could POST without a
  // preflight. Clients other than browsers send none of the headers that this checks, so they are not affected.
  app.enableCsrfProtection();
}
