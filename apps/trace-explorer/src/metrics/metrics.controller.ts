import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { TraceStore } from '@span-links/trace-store';
import { OtlpIntake } from '../intake/otlp-intake.ts';
import { LiveFeed } from '../live/live-feed.ts';
import { explorerMetrics } from './explorer-metrics.ts';
import { prometheusText } from './prometheus-text.ts';

@ApiTags('health')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly intake: OtlpIntake,
    private readonly store: TraceStore,
    private readonly live: LiveFeed,
  ) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: "The explorer's own counters, in Prometheus' text format." })
  metrics(): string {
    return prometheusText(explorerMetrics(this.intake, this.store.counts(), this.live));
  }
}
