import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { LiveFeed } from './live-feed.ts';

@ApiTags('traces')
@Controller('api/v1')
export class LiveController {
  constructor(private readonly feed: LiveFeed) {}

  @Get('live')
  @ApiOperation({
    summary:
      'Server-sent events: `traces` (LiveTraces) that changed and `logs` (LiveLogs) that came in, at most four times a second, and `evicted` (LiveEvicted).',
    description:
      'Events that were missed are not sent again: after a gap, the first event has `overflow: true`.',
  })
  @ApiResponse({ status: 200, content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @ApiResponse({ status: 503, description: 'Too many are reading already.' })
  live(@Headers('last-event-id') lastEventId: string | undefined, @Res() response: Response): void {
    if (this.feed.add(response, lastEventId)) return;
    // Not thrown, because server problems are logged and a page in a loop would fill the log.
    const problem = {
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'Too many readers of live updates.',
      instance: '/api/v1/live',
    };
    response
      .status(503)
      .setHeader('retry-after', '10')
      .setHeader('content-type', 'application/problem+json')
      .end(JSON.stringify(problem));
  }
}
