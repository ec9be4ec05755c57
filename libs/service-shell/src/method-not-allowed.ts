import type { Express, NextFunction, Request, Response } from 'express';
import { ProblemException } from './problem-exception.ts';

/**
 * Answers a method for which a path has no route: 405 with `Allow`, and 204 with `Allow` to OPTIONS. Nest answers 404
 * to both, as if the path did not exist. Mount it after every route and before Nest's own 404.
 */
export function methodNotAllowed(express: Express) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const allowed = methodsAt(express, request.path);
    if (allowed.length === 0) {
      next();
      return;
    }
    const allow = [...allowed, 'OPTIONS'].join(', ');
    if (request.method === 'OPTIONS') {
      response.setHeader('allow', allow);
      response.status(204).end();
      return;
    }
    next(
      new ProblemException({
        status: 405,
        detail: `${request.method} is not possible here; allowed: ${allow}.`,
        headers: { allow },
      }),
    );
  };
}

function methodsAt(express: Express, path: string): string[] {
  const methods = new Set<string>();
  for (const layer of express.router.stack) {
    if (layer.route === undefined || !matches(layer, path)) continue;
    for (const { method } of layer.route.stack) {
      methods.add(method.toUpperCase());
      if (method === 'get') methods.add('HEAD');
    }
  }
  return [...methods];
}

function matches(layer: object, path: string): boolean {
  try {
    // Express' router has this field, but its type declarations do not.
    return Boolean((layer as { match(path: string): unknown }).match(path));
  } catch {
    // A parameter with invalid percent-encoding matches nothing; the router itself answers it with 400.
    return false;
  }
}
