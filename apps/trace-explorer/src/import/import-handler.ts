import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ElementLimits } from '@span-links/otlp';
import { isDatabaseAway, StoreUnavailableError } from '@span-links/trace-store';
import type { NextFunction, Request, Response } from 'express';
import { importTraces, type ImportReport, type ImportSink } from './trace-import.ts';

export const IMPORT_PATH = '/api/v1/import';

export interface ImportHandlerOptions {
  readonly maxElementBytes: number;
  readonly elementLimits: ElementLimits;
  /** Pages that may import, in addition to the explorer's own. */
  readonly corsOrigins: readonly string[];
  /** Called for unexpected errors. The request was answered with 500. */
  readonly onFailure: (error: unknown) => void;
}

/** Each import holds an element in memory, and the store does not write faster for more. */
const MAX_IMPORTS = 2;
const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * `POST /api/v1/import`: the body is a file of any content type, plain or gzip. This handler comes
 * before Nest's, whose bodies are JSON of a limited size. It reads the body as it arrives, with any
 * length.
 */
export class ImportHandler {
  readonly #running = new Set<AbortController>();
  #isStopping = false;

  constructor(
    private readonly sink: ImportSink,
    private readonly options: ImportHandlerOptions,
  ) {}

  /** Current imports end after the spans that are being written. New ones are answered with 503. */
  stop(): void {
    this.#isStopping = true;
    for (const running of this.#running) running.abort();
  }

  readonly handler = (request: Request, response: Response, next: NextFunction): void => {
    if (request.path === IMPORT_PATH) void this.#serve(request, response);
    else next();
  };

  async #serve(request: Request, response: Response): Promise<void> {
    const refusal = this.#refusal(request);
    if (refusal) {
      request.resume();
      sendProblem(request, response, ...refusal);
      return;
    }
    const abort = new AbortController();
    this.#running.add(abort);
    const onClose = () => abort.abort();
    response.once('close', onClose);
    try {
      const { maxElementBytes, elementLimits } = this.options;
      const options = { maxElementBytes, elementLimits, signal: abort.signal };
      const report = await importTraces(unpacked(request), this.sink, options);
      this.#answer(request, response, report);
    } catch (error) {
      request.resume(); // otherwise a client that still writes would wait for a reader
      this.#fail(request, response, error);
    } finally {
      response.off('close', onClose);
      this.#running.delete(abort);
    }
  }

  #refusal(request: Request): [status: number, detail: string, headers?: Record<string, string>] | undefined {
    if (request.method !== 'POST') return [405, `${IMPORT_PATH} takes POST`, { allow: 'POST' }];
    if (!isOwnPage(request) && !this.options.corsOrigins.includes(request.headers.origin ?? '')) {
      return [403, 'a page of another origin may not import; EXPLORER_CORS_ORIGINS allows origins'];
    }
    const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
    if (!['gzip', 'x-gzip', 'identity', ''].includes(encoding)) {
      return [
        415,
        `Content-Encoding ${encoding} is not taken here; send gzip or none`,
        { 'accept-encoding': 'gzip' },
      ];
    }
    if (this.#isStopping) return [503, 'the trace explorer is stopping', { 'retry-after': '2' }];
    if (this.#running.size >= MAX_IMPORTS) {
      return [429, `${MAX_IMPORTS} imports are running already`, { 'retry-after': '2' }];
    }
    return undefined;
  }

  #answer(request: Request, response: Response, report: ImportReport): void {
    if (report.spans > 0 || report.faults === 0) {
      response.status(200).json(report);
      return;
    }
    const first = report.errors[0];
    sendProblem(
      request,
      response,
      400,
      `nothing could be imported: line ${first?.line}: ${first?.message}`,
      {},
      report,
    );
  }

  #fail(request: Request, response: Response, error: unknown): void {
    if (response.destroyed) return;
    const again = 'Send the file again: spans that are stored are recognized.';
    if (error instanceof GzipError) return sendProblem(request, response, 400, error.message);
    if (this.#isStopping) {
      return sendProblem(request, response, 503, `the trace explorer is stopping. ${again}`, {
        'retry-after': '2',
      });
    }
    if (error instanceof StoreUnavailableError || isDatabaseAway(error)) {
      const detail = `the database of the trace explorer cannot be reached. ${again}`;
      return sendProblem(request, response, 503, detail, { 'retry-after': '2' });
    }
    this.options.onFailure(error);
    sendProblem(request, response, 500, 'the import failed');
  }
}

/**
 * Browsers name the sending page. A form of another site needs no preflight and must not fill the
 * store.
 */
function isOwnPage({ headers: { origin, host } }: Request): boolean {
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
}

class GzipError extends Error {}

/** The body, decompressed if it is gzip: either announced, or a `.gz` file sent as it is. */
async function* unpacked(request: Request): AsyncGenerator<Buffer> {
  // Left open at an early end, because the answer needs the connection.
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  const first = await chunks.next();
  if (first.done) return;
  async function* all(): AsyncGenerator<Buffer> {
    yield first.value as Buffer;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  const isPacked =
    /gzip/i.test(request.headers['content-encoding'] ?? '') ||
    GZIP_MAGIC.every((byte, index) => first.value[index] === byte);
  yield* isPacked ? unpack(all()) : all();
}

async function* unpack(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  // Its errors come from the iteration below.
  pipeline(packed, gunzip).catch(() => undefined);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new GzipError(`the body is not sound gzip: ${error.message}`);
    }
    throw error;
  }
}

function sendProblem(
  request: Request,
  response: Response,
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
  more: object = {},
): void {
  const problem = { type: 'about:blank', status, detail, instance: request.path, ...more };
  response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
  response.end(JSON.stringify(problem));
}
