import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { RunsRepository } from '@span-links/orders-data';
import { ProblemException } from '@span-links/service-shell';
import type { Response } from 'express';
import { BatchRunner } from './batch.runner.ts';
import { RunDetailView, RunPageView, RunStartedView, viewOfBatch, viewOfRun } from './run-view.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const RUNS_MAX = 100;
const RUNS_DEFAULT = 20;
const BATCHES_MAX = 100;

@ApiTags('runs')
@Controller('runs')
export class RunsController {
  constructor(
    private readonly runner: BatchRunner,
    private readonly runs: RunsRepository,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Start a run now, or join the one that is under way in this process.' })
  @ApiAcceptedResponse({ type: RunStartedView, headers: { Location: { schema: { type: 'string' } } } })
  @ApiResponse({ status: 503, description: 'The database is away; see Retry-After.' })
  async start(@Res({ passthrough: true }) response: Response): Promise<RunStartedView> {
    const id = await this.runner.start('http').runId;
    response.location(`/runs/${id}`);
    return { id };
  }

  @Get()
  @ApiOperation({ summary: 'List runs, newest first, with the sums of their batches.' })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: RUNS_MAX, default: RUNS_DEFAULT },
  })
  @ApiQuery({ name: 'cursor', required: false, description: '`nextCursor` of the page before.' })
  @ApiOkResponse({ type: RunPageView })
  async list(@Query('limit') limit?: string, @Query('cursor') cursor?: string): Promise<RunPageView> {
    const size = pageSize(limit);
    const found = await this.runs.page(size + 1, cursor === undefined ? undefined : idIn(cursor));
    const shown = found.slice(0, size);
    return {
      runs: shown.map(viewOfRun),
      nextCursor: found.length > size ? (shown.at(-1)?.id ?? null) : null,
    };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show a run and its batches, in the order in which they were claimed.' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiQuery({ name: 'cursor', required: false, description: '`nextCursor` of the batches before.' })
  @ApiOkResponse({ type: RunDetailView })
  @ApiResponse({ status: 404, description: 'There is no such run.' })
  async show(@Param('id') id: string, @Query('cursor') cursor?: string): Promise<RunDetailView> {
    const run = UUID.test(id) ? await this.runs.find(id) : null;
    if (!run) throw new ProblemException({ status: 404, detail: 'There is no run with this id.' });
    const found = await this.runs.batchesOf(
      id,
      BATCHES_MAX + 1,
      cursor === undefined ? undefined : idIn(cursor),
    );
    const shown = found.slice(0, BATCHES_MAX);
    const nextCursor = found.length > BATCHES_MAX ? (shown.at(-1)?.id ?? null) : null;
    return { ...viewOfRun(run), batchPage: shown.map(viewOfBatch), nextCursor };
  }
}

function pageSize(limit: string | undefined): number {
  if (limit === undefined) return RUNS_DEFAULT;
  const size = /^\d{1,3}$/.test(limit) ? Number(limit) : 0;
  if (size >= 1 && size <= RUNS_MAX) return size;
  throw wrongParameter('limit', `must be a whole number from 1 to ${RUNS_MAX}`);
}

function idIn(cursor: string): string {
  if (UUID.test(cursor)) return cursor;
  throw wrongParameter('cursor', 'is not a cursor of an earlier page');
}

function wrongParameter(parameter: string, detail: string): ProblemException {
  return new ProblemException({
    status: 400,
    detail: 'The query is not valid. Fix the parameters listed in `errors`.',
    extensions: { errors: [{ parameter, detail }] },
  });
}
