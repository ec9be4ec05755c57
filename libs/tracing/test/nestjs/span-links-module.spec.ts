import { Logger, Module, type DynamicModule, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { SpanLinksModule, type SpanLinksModuleOptions } from '../../src/nestjs/index.ts';

const order: string[] = [];
const warnings: string[] = [];
const logger: LoggerService = {
  log: () => undefined,
  error: () => undefined,
  warn: (message: string) => void warnings.push(message),
};

@Module({})
class SlowGlobalModule {
  static forRoot(): DynamicModule {
    return { module: SlowGlobalModule, global: true };
  }

  async onApplicationShutdown(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push('global module');
  }
}

@Module({})
class FeatureModule {
  onApplicationShutdown(): void {
    order.push('module');
  }
}

async function startAndClose(options: SpanLinksModuleOptions): Promise<void> {
  @Module({ imports: [SpanLinksModule.forRoot(options), SlowGlobalModule.forRoot(), FeatureModule] })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger, abortOnError: false });
  await app.close();
}

afterEach(() => {
  order.length = 0;
  warnings.length = 0;
  Logger.overrideLogger(true);
});

describe('SpanLinksModule', () => {
  it('flushes after the shutdown hooks of all other modules, and the close waits for it', async () => {
    const flush = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push('flush');
    };
    await startAndClose({ flush });
    expect(order).toEqual(['module', 'global module', 'flush']);
    expect(warnings).toEqual([]);
  });

  it('lets the application end when the flush takes too long, and says so', async () => {
    await startAndClose({ flush: () => new Promise(() => undefined), deadlineMs: 20 });
    expect(warnings).toEqual(['The last spans could not be sent: Error: not within 20 ms']);
  });

  it('lets the application end when the flush fails or throws, and says so', async () => {
    await startAndClose({ flush: () => Promise.reject(new Error('no backend')) });
    await startAndClose({
      flush: () => {
        throw new Error('no SDK');
      },
    });
    expect(warnings).toEqual([
      'The last spans could not be sent: Error: no backend',
      'The last spans could not be sent: Error: no SDK',
    ]);
  });
});
