export type { ExpectedLink } from './link-comparison.ts';
export type { LinkTargetLike } from './link-target.ts';
export { recordSpans, type RecordSpansOptions, type SpanRecording } from './record-spans.ts';
export type { RecordedEvent, RecordedLink, RecordedSpan } from './recorded-span.ts';
export { spanLinkMatchers, type SpanLinkMatchers } from './span-link-matchers.ts';
export type { RecordedSpans, RecordedTrace, SpanSelection } from './span-log.ts';
export { SpanRecorder } from './span-recorder.ts';
