import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';

/** Where the reader's code started a span, named as in the semantic conventions. */
export const ATTR_FILE = 'code.file.path';
export const ATTR_LINE = 'code.line.number';
/** How many links a span had when it started: the only ones that a head sampler sees. */
export const ATTR_LINKS_AT_START = 'workshop.links_at_start';

/** A stack costs time, and a flood of spans comes from one loop. */
const MAX_STACKS = 500;

/** Notes on each span which line of the reader's file started it, and how many links it had by then. */
export class LineMarks implements SpanProcessor {
  readonly #file: string;
  #stacks = 0;

  constructor(file: string) {
    this.#file = file;
  }

  onStart(span: Span, _parent: Context): void {
    span.setAttribute(ATTR_LINKS_AT_START, span.links.length);
    if (this.#stacks >= MAX_STACKS) return;
    this.#stacks += 1;
    const line = lineIn(this.#file, new Error('here').stack ?? '');
    if (line !== undefined) span.setAttributes({ [ATTR_FILE]: this.#file, [ATTR_LINE]: line });
  }

  onEnd(_span: ReadableSpan): void {}

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** The first line of the file that a stack names. */
export function lineIn(file: string, stack: string): number | undefined {
  for (const frame of stack.split('\n')) {
    const at = frame.indexOf(file);
    const line = at < 0 ? null : /^:(\d+)/.exec(frame.slice(at + file.length));
    if (line) return Number(line[1]);
  }
  return undefined;
}
