import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { NextFunction, Request, Response } from 'express';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};
const COMPRESSIBLE = /^(?:text|application|image\/svg)/;
// A file name with a hash, `index-B2x9Qa1z.js`, never changes its content.
const HASHED = /[-.][\w-]{8,}\.\w+$/;
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** No inline script or style, no other origin. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

// Paths that the server itself answers. Any other path may belong to the page.
const NOT_OF_THE_PAGE = /^\/(?:api|jaeger|v1|mcp|docs|docs-json|health|metrics)(?:\/|$)/;

interface PageFile {
  readonly contents: Buffer;
  readonly packed: Buffer | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Serves the web page's built files, and its `index.html` for any path of the page. The files are
 * read once at the start: they are few and small, and a path that is looked up in a table cannot
 * lead out of a folder.
 */
export function builtPage(folder: string) {
  const files = filesOf(folder);
  const index = files.get('/index.html');
  return (request: Request, response: Response, next: NextFunction): void => {
    if ((request.method !== 'GET' && request.method !== 'HEAD') || NOT_OF_THE_PAGE.test(request.path))
      return next();
    const file = files.get(request.path) ?? (wantsPage(request) ? index : undefined);
    if (file) send(file, request, response);
    else if (request.path === '/') sayWhatIsHere(request, response);
    else next();
  };
}

function wantsPage(request: Request): boolean {
  return (
    request.path === '/' ||
    (extname(request.path) === '' && (request.headers.accept ?? '').includes('text/html'))
  );
}

function send({ contents, packed, headers }: PageFile, request: Request, response: Response): void {
  response.set(headers);
  response.setHeader('content-security-policy', PAGE_POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  if (request.headers['if-none-match'] === headers['etag']) {
    response.status(304).end();
    return;
  }
  const isPacked = packed !== undefined && request.acceptsEncodings('gzip') === 'gzip';
  if (isPacked) response.setHeader('content-encoding', 'gzip');
  const body = isPacked ? packed : contents;
  response.setHeader('content-length', body.length);
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Answers until the page is built. */
function sayWhatIsHere(request: Request, response: Response): void {
  const origin = `http://${request.headers.host}`;
  response.setHeader('cache-control', 'no-store');
  response
    .type('text/plain')
    .send(
      `Trace explorer: OTLP/HTTP goes to ${origin}/v1/traces.\n` +
        `The API is documented at ${origin}/docs, its Jaeger part is at ${origin}/jaeger/api.\n` +
        'The web page is not built: npx nx build trace-explorer-web, then start again.\n',
    );
}

function filesOf(folder: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const entry of entriesOf(folder)) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(`/${relative(folder, path).split(sep).join('/')}`, pageFile(entry.name, readFileSync(path)));
  }
  return files;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function pageFile(name: string, contents: Buffer): PageFile {
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  const isPackable = COMPRESSIBLE.test(type) && contents.length > 1_024;
  const etag = `"${createHash('sha256').update(contents).digest('base64url').slice(0, 22)}"`;
  const caching = HASHED.test(name) ? IMMUTABLE : 'no-cache';
  return {
    contents,
    packed: isPackable ? gzipSync(contents, { level: 9 }) : undefined,
    headers: {
      'content-type': type,
      'cache-control': caching,
      etag,
      ...(isPackable && { vary: 'Accept-Encoding' }),
    },
  };
}
