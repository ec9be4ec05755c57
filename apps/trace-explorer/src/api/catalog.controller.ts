import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ExplorerStats, RejectionList, ServiceList, Suggestions } from '@span-links/explorer-api';
import { TraceReader, TraceStore } from '@span-links/trace-store';
import { OtlpIntake } from '../intake/otlp-intake.ts';
import { ApiAnswer } from './api-answers.ts';
import { ApiParameters, parseParameters, suggestionParameters } from './parameters.ts';
import { RetentionSettings } from './retention-settings.ts';
import { suggestionsAt } from './suggestions.ts';

@ApiTags('catalog')
@Controller('api/v1')
export class CatalogController {
  constructor(
    private readonly reader: TraceReader,
    private readonly store: TraceStore,
    private readonly retention: RetentionSettings,
    private readonly intake: OtlpIntake,
  ) {}

  @Get('services')
  @ApiOperation({ summary: 'Services, with the names of their spans.' })
  @ApiAnswer('ServiceList')
  async services(): Promise<ServiceList> {
    return this.reader.services();
  }

  @Get('suggestions')
  @ApiOperation({ summary: 'What may stand at a place of a query.' })
  @ApiParameters(suggestionParameters)
  @ApiAnswer('Suggestions')
  async suggestions(@Query() parameters: unknown): Promise<Suggestions> {
    const { q, at = q.length } = parseParameters(suggestionParameters, parameters);
    return suggestionsAt(this.reader, q, at);
  }

  @Get('stats')
  @ApiOperation({ summary: 'What is stored, how long it is kept, and what was done since the start.' })
  @ApiAnswer('ExplorerStats')
  async stats(): Promise<ExplorerStats> {
    const figures = await this.reader.stats();
    const { received, stored, duplicates, refused, evicted, logs, evictedLogs } = this.store.counts();
    const { maxAgeMs, maxBytes } = this.retention;
    return {
      ...figures,
      retention: { maxAgeMs, maxBytes },
      sinceStart: {
        received,
        stored,
        duplicates,
        refused,
        evicted,
        logs: {
          received: logs.received,
          stored: logs.stored,
          duplicates: logs.duplicates,
          refused: logs.refused,
          evicted: evictedLogs,
        },
      },
    };
  }

  @Get('rejections')
  @ApiOperation({
    summary: 'Why OTLP requests were refused in the last ten minutes, and who sent the last of each kind.',
  })
  @ApiAnswer('RejectionList')
  rejections(): RejectionList {
    return this.intake.rejections.list();
  }
}
