export { HandlesMessage, type MessageHandlerDecorator } from './handle-message.decorator.ts';
export { nestInstrument, type NestInstrument, type NestInstrumentOptions } from './nest-instrument.ts';
export { SpanLinksModule, type SpanLinksModuleOptions } from './span-links.module.ts';
export { Traced, type TracedDecorator, type TracedOptions } from './traced.decorator.ts';
