import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Controller, Get, Logger, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ProblemException } from '@span-links/service-shell';
import type { JourneyView } from '@span-links/explorer-api';
import { JourneyReader, TraceReader } from '@span-links/trace-store';
import type { Response } from 'express';
import { z } from 'zod';
import { notHere, traceIdOf } from '../api/ids.ts';
import { ApiParameters, parseParameters, searchParameters } from '../api/parameters.ts';
import { searchQuery } from '../api/search-query.ts';
import { exportLines } from './export-traces.ts';
import { htmlContent, tracesOf } from './html-content.ts';
import { htmlFile } from './html-file.ts';

const MAX_EXPORTS = 2;

const exportParameters = searchParameters.pick({ q: true, from: true, to: true }).extend({
  limit: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be a whole number from 1')
    .transform(Number)
    .optional()
    .meta({ description: 'Traces at most; all by default.', example: '1000' }),
});

const id = z.string().max(64).optional();
const htmlParameters = z.object({
  trace: id.meta({
    description: 'The trace that the file shows.',
    example: '4bf92f3577b34da6a3ce929d0e0e4736',
  }),
  journey: id.meta({ description: 'Instead of a trace: the journey that this trace begins or is part of.' }),
});

// The file contains data of traced applications. Even if a browser opens it in place, it may load
// and run nothing.
const HTML_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

@ApiTags('traces')
@Controller('api/v1/export')
export class ExportController {
  readonly #log = new Logger('export');
  #running = 0;

  constructor(
    private readonly reader: TraceReader,
    private readonly journeys: JourneyReader,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The traces that a query finds, whole, as JSON lines of OTLP.' })
  @ApiParameters(exportParameters)
  @ApiProduces('application/x-ndjson')
  async export(@Query() parameters: unknown, @Res() response: Response): Promise<void> {
    const { q, from, to, limit } = parseParameters(exportParameters, parameters);
    const query = searchQuery(q);
    await this.#oneOfFew(async () => {
      const lines = exportLines(this.reader, { query, fromNs: from, toNs: to, limit });
      // Reads the first line before sending the status, so that an error can still set the status.
      const first = await lines.next();
      response.writeHead(200, {
        'content-type': 'application/x-ndjson',
        'cache-control': 'private, no-cache',
      });
      if (!first.done) response.write(first.value);
      await this.#send(response, lines);
    });
  }

  @Get('html')
  @ApiOperation({
    summary: 'A trace or a journey as one HTML file, which opens from disk without a network.',
    description: 'The file has no scripts and holds up to 5,000 spans with attributes, events and links.',
  })
  @ApiParameters(htmlParameters)
  @ApiProduces('text/html')
  async html(@Query() parameters: unknown, @Res() response: Response): Promise<void> {
    const asked = parseParameters(htmlParameters, parameters);
    if ((asked.trace === undefined) === (asked.journey === undefined)) {
      throw new ProblemException({ status: 400, detail: 'Name either a trace or a journey.' });
    }
    await this.#oneOfFew(async () => {
      const journey = asked.journey === undefined ? null : await this.#journey(asked.journey);
      const traceIds = journey ? tracesOf(journey) : [traceIdOf(asked.trace ?? '')];
      const { traces, isCut } = await htmlContent(this.reader, traceIds);
      if (traces.length === 0) throw notHere('trace');
      const name = journey ? `journey-${journey.summary.journeyId}` : `trace-${traceIds[0]}`;
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-disposition': `attachment; filename="${name}.html"`,
        'content-security-policy': HTML_POLICY,
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-cache',
      });
      await this.#send(response, htmlFile({ journey, traces, isCut, madeAt: new Date() }));
    });
  }

  async #journey(traceId: string): Promise<JourneyView> {
    const journey = await this.journeys.journey(traceIdOf(traceId));
    if (!journey) throw notHere('journey');
    return journey;
  }

  /**
   * @throws ProblemException 429 while too many run: each holds memory and a database connection.
   */
  async #oneOfFew(work: () => Promise<void>): Promise<void> {
    if (this.#running >= MAX_EXPORTS) {
      throw new ProblemException({
        status: 429,
        detail: `${MAX_EXPORTS} exports are running already; try again.`,
        headers: { 'retry-after': '2' },
      });
    }
    this.#running++;
    try {
      await work();
    } finally {
      this.#running--;
    }
  }

  async #send(response: Response, lines: AsyncIterable<string> | Iterable<string>): Promise<void> {
    try {
      await pipeline(Readable.from(lines), response);
    } catch (error) {
      // The reader has disconnected.
      if (error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
      // The status is already sent. A broken connection tells the reader that lines are missing; a
      // normal end would not.
      this.#log.error('an export broke off', error);
      response.destroy();
    }
  }
}
