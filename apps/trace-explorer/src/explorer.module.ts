import { Module, type DynamicModule } from '@nestjs/common';
import { HealthModule } from '@span-links/service-shell';
import { TraceReader, TraceStore } from '@span-links/trace-store';
import { CatalogController } from './api/catalog.controller.ts';
import { RetentionSettings } from './api/retention-settings.ts';
import { TracesController } from './api/traces.controller.ts';
import type { Explorer } from './explorer.ts';
import { OtlpIntake } from './intake/otlp-intake.ts';
import { JaegerController } from './jaeger/jaeger.controller.ts';
import { LiveController } from './live/live.controller.ts';
import { LiveFeed } from './live/live-feed.ts';
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
      controllers: [TracesController, LiveController, CatalogController, JaegerController, MetricsController],
      providers: [
        { provide: TraceStore, useValue: store },
        { provide: TraceReader, useValue: reader },
        { provide: LiveFeed, useValue: live },
        { provide: OtlpIntake, useValue: intake },
        { provide: RetentionSettings, useValue: retention },
      ],
    };
  }
}
