import { All, Controller, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { ProblemException } from '@span-links/service-shell';
import { JourneyReader, TraceReader } from '@span-links/trace-store';
import type { Request as ExpressRequest, Response as ExpressResponse } from 'express';
import { explorerMcpServer } from './mcp-server.ts';
import { readsInProcess } from './reads-in-process.ts';

/**
 * MCP over streamable HTTP, without sessions: each request is complete, so there is nothing to
 * keep, limit or lose. The token, the host names, the guard against pages of other sites and the
 * body limit are those of the API.
 */
@ApiExcludeController()
@Controller('mcp')
export class McpController {
  readonly #handler;

  constructor(reader: TraceReader, journeys: JourneyReader) {
    const reads = readsInProcess(reader, journeys);
    this.#handler = createMcpHandler(({ requestInfo }) =>
      explorerMcpServer(reads, requestInfo ? new URL(requestInfo.url).origin : ''),
    );
  }

  @All()
  async answer(@Req() request: ExpressRequest, @Res() response: ExpressResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const answer = await this.#handler.fetch(webRequest(request, gone.signal), {
      parsedBody: request.body as unknown,
    });
    response.status(answer.status);
    answer.headers.forEach((value, name) => response.setHeader(name, value));
    if (answer.body !== null) {
      for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) response.write(chunk);
    }
    response.end();
  }
}

/** The head of the request. Its body is already parsed. */
function webRequest(request: ExpressRequest, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    // The body that these headers describe is gone.
    if (value === undefined || ['content-length', 'content-encoding', 'transfer-encoding'].includes(name))
      continue;
    headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const url = `${request.protocol}://${request.headers.host ?? 'localhost'}/mcp`;
  if (!URL.canParse(url))
    throw new ProblemException({ status: 400, detail: 'The Host header is not a host name.' });
  return new Request(url, { method: request.method, headers, signal });
}
