import { Module, type DynamicModule } from '@nestjs/common';
import { HealthModule } from '@span-links/service-shell';
import { JourneyReader, MapReader, TraceReader, TraceStore } from '@span-links/trace-store';
import { CatalogController } from './api/catalog.controller.ts';
import { JourneysController } from './api/journeys.controller.ts';
import { LinksController } from './api/links.controller.ts';
import { MapController } from './api/map.controller.ts';
import { RetentionSettings } from './api/retention-settings.ts';
import { TracesController } from './api/traces.controller.ts';
import type { Explorer } from './explorer.ts';
import { ExportController } from './export/export.controller.ts';
import { OtlpIntake } from './intake/otlp-intake.ts';
import { JaegerController } from './jaeger/jaeger.controller.ts';
import { JaegerV3Controller } from './jaeger/jaeger-v3.controller.ts';
import { LiveController } from './live/live.controller.ts';
import { LiveFeed } from './live/live-feed.ts';
import { McpController } from './mcp/mcp.controller.ts';
import { MetricsController } from './metrics/metrics.controller.ts';

@Module({})
export class ExplorerModule {
  static over({ store, reader, live, intake, retention }: Explorer): DynamicModule {
    const database = {
      name: 'database',
      check: async () => {
        await store.readers.query('SELECT 1');
      },
    };
    return {
      module: ExplorerModule,
      imports: [HealthModule.forRoot({ ready: [database] })],
      controllers: [
        TracesController,
        LinksController,
        JourneysController,
        MapController,
        LiveController,
        CatalogController,
        ExportController,
        JaegerController,
        JaegerV3Controller,
        MetricsController,
        McpController,
      ],
      providers: [
        { provide: TraceStore, useValue: store },
        { provide: TraceReader, useValue: reader },
        { provide: JourneyReader, useValue: new JourneyReader(store.readers) },
        { provide: MapReader, useValue: new MapReader(store.readers) },
        { provide: LiveFeed, useValue: live },
        { provide: OtlpIntake, useValue: intake },
        { provide: RetentionSettings, useValue: retention },
      ],
    };
  }
}
