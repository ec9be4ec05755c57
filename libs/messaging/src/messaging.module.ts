import {
  Inject,
  Injectable,
  Logger,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';
import {
  CONSUME_MESSAGES,
  type ConsumerDescription,
  type MessageHandler,
} from './consume-messages.decorator.ts';
import { MessagePublisher } from './message-publisher.ts';
import { Messaging, type MessagingOptions } from './messaging.ts';

/** Options that depend on providers of the app, for example its data source. */
export interface AsyncMessagingOptions {
  imports?: NonNullable<ModuleMetadata['imports']>;
  inject?: NonNullable<FactoryProvider['inject']>;
  // Nest passes the providers that `inject` names; only the caller knows their types.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  useFactory: (...providers: any[]) => MessagingOptions | Promise<MessagingOptions>;
}

const MESSAGING_OPTIONS = Symbol('messaging-options');

/** Finds the methods with `@ConsumeMessages`, and starts and stops messaging with the app. */
@Injectable()
class MessagingLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(Messaging) private readonly messaging: Messaging,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
  ) {}

  onApplicationBootstrap(): void {
    for (const { instance } of this.discovery.getProviders()) {
      if (typeof instance === 'object' && instance !== null) this.#addHandlersOf(instance as object);
    }
    this.messaging.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.messaging.stop();
  }

  #addHandlersOf(instance: object): void {
    const prototype = Object.getPrototypeOf(instance) as object | null;
    if (!prototype) return;
    for (const name of this.scanner.getAllMethodNames(prototype)) {
      const method = (prototype as Record<string, unknown>)[name];
      if (typeof method !== 'function') continue;
      const description = Reflect.getMetadata(CONSUME_MESSAGES, method) as ConsumerDescription | undefined;
      if (!description) continue;
      // Look the method up for each message, so that spies and other decorators of the instance take effect.
      const target = instance as Record<string, MessageHandler>;
      this.messaging.consume(description, (message, delivery) => target[name]?.(message, delivery));
    }
  }
}

/**
 * Messaging for a Nest app. Provides {@link MessagePublisher} and {@link Messaging} everywhere, and calls the methods with
 * `@ConsumeMessages` of all providers. Starts with the app. When the app stops, it finishes the messages in progress.
 */
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    return this.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(options: AsyncMessagingOptions): DynamicModule {
    return {
      module: MessagingModule,
      global: true,
      imports: [DiscoveryModule, ...(options.imports ?? [])],
      providers: [
        { provide: MESSAGING_OPTIONS, inject: options.inject ?? [], useFactory: options.useFactory },
        { provide: Messaging, inject: [MESSAGING_OPTIONS], useFactory: messagingWithLog },
        {
          provide: MessagePublisher,
          inject: [Messaging],
          useFactory: (messaging: Messaging) => messaging.publisher,
        },
        MessagingLifecycle,
      ],
      exports: [Messaging, MessagePublisher],
    };
  }
}

function messagingWithLog(options: MessagingOptions): Messaging {
  const log = new Logger('Messaging');
  return new Messaging({ onTrouble: (sentence) => log.warn(sentence), ...options });
}
