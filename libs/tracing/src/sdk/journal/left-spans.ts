import {
  createTraceState,
  SpanStatusCode,
  type Attributes,
  type HrTime,
  type SpanContext,
} from '@opentelemetry/api';
import {
  readHeader,
  readRecord,
  type ContextRecord,
  type EndRecord,
  type EventRecord,
  type LinkRecord,
  type ResourceRecord,
  type ScopeRecord,
  type StartRecord,
} from './journal-record.ts';
import {
  ATTR_INTERRUPTED,
  INTERRUPTED,
  type JournaledEvent,
  type JournaledLink,
  type JournaledResource,
  type JournaledScope,
  type JournaledSpan,
} from './journaled-span.ts';

/** The spans in a journal file that the backend has not received. */
export interface LeftSpans {
  readonly createdAtMs: number;
  readonly spans: readonly JournaledSpan[];
  /** How many of them had not ended. */
  readonly interrupted: number;
}

/**
 * Reads a file that a dead writer has left. Skips torn and foreign lines, and spans whose lines cannot be used.
 *
 * @param lastSeenAtMs - when the writer was last known to be alive; spans that had not ended get this end.
 * @returns undefined for a file of another version of this library.
 */
export function readLeftSpans(text: string, lastSeenAtMs: number): LeftSpans | undefined {
  const lines = text.split('\n');
  const header = readHeader(lines[0] ?? '');
  if (header === undefined) return undefined;
  const content = new JournalContent();
  for (const line of lines.slice(1)) content.add(line);
  return { createdAtMs: header.createdAtMs, ...content.left(lastSeenAtMs) };
}

class JournalContent {
  readonly #resources = new Map<number, JournaledResource>();
  readonly #scopes = new Map<number, JournaledScope>();
  readonly #starts = new Map<string, StartRecord>();
  readonly #ends = new Map<string, EndRecord>();

  add(line: string): void {
    const record = readRecord(line);
    if (record === undefined) return;
    switch (record[0]) {
      case 'R':
        this.#resources.set(record[1], resourceOf(record));
        return;
      case 'C':
        this.#scopes.set(record[1], scopeOf(record));
        return;
      case 'S':
        this.#starts.set(`${record[1]?.[0]}${record[1]?.[1]}`, record);
        return;
      case 'E':
        this.#ends.set(record[1], record);
        return;
      case 'A':
        for (const key of record[1]) this.#starts.delete(key);
    }
  }

  left(lastSeenAtMs: number): Omit<LeftSpans, 'createdAtMs'> {
    const spans: JournaledSpan[] = [];
    let interrupted = 0;
    for (const [key, start] of this.#starts) {
      const end = this.#ends.get(key);
      try {
        spans.push(this.#spanOf(start, end, lastSeenAtMs));
        if (end === undefined) interrupted++;
      } catch {
        // Another program wrote it, so it cannot be used.
      }
    }
    return { spans, interrupted };
  }

  #spanOf(start: StartRecord, end: EndRecord | undefined, lastSeenAtMs: number): JournaledSpan {
    const [, context, parent, name, kind, startTime, resource, scope, attributes, links, dropped] = start;
    const shared = {
      kind,
      startTime,
      resource: this.#resources.get(resource) ?? resourceOf(['R', 0, {}, 0]),
      instrumentationScope: this.#scopes.get(scope) ?? { name: '' },
      spanContext: () => spanContextOf(context),
      ...(parent !== 0 && { parentSpanContext: spanContextOf(parent) }),
      ended: true,
    };
    if (end === undefined) {
      const endTime = later(startTime, millisecondsToHrTime(lastSeenAtMs));
      return {
        ...shared,
        name,
        endTime,
        duration: between(startTime, endTime),
        status: { code: SpanStatusCode.ERROR, message: INTERRUPTED },
        attributes: { ...attributesOf(attributes), [ATTR_INTERRUPTED]: true },
        events: [],
        links: links.map(linkOf),
        droppedAttributesCount: dropped[0],
        droppedEventsCount: 0,
        droppedLinksCount: dropped[1],
      } as JournaledSpan;
    }
    const [, , endName, endTime, code, message, endAttributes, events, endLinks, endDropped] = end;
    return {
      ...shared,
      name: endName,
      endTime,
      duration: between(startTime, endTime),
      status: { code, ...(message !== 0 && { message }) },
      attributes: attributesOf(endAttributes),
      events: events.map(eventOf),
      links: (endLinks === 0 ? links : endLinks).map(linkOf),
      droppedAttributesCount: endDropped[0],
      droppedEventsCount: endDropped[1],
      droppedLinksCount: endDropped[2],
    } as JournaledSpan;
  }
}

function spanContextOf([traceId, spanId, traceFlags, isRemote, traceState]: ContextRecord): SpanContext {
  return {
    traceId,
    spanId,
    traceFlags,
    ...(isRemote === 1 && { isRemote: true }),
    ...(traceState !== undefined && { traceState: createTraceState(traceState) }),
  };
}

function linkOf([context, attributes, dropped]: LinkRecord): JournaledLink {
  return {
    context: spanContextOf(context),
    ...(attributes !== 0 && { attributes: attributesOf(attributes) }),
    ...(dropped > 0 && { droppedAttributesCount: dropped }),
  };
}

function eventOf([name, time, attributes, dropped]: EventRecord): JournaledEvent {
  return {
    name,
    time,
    ...(attributes !== 0 && { attributes: attributesOf(attributes) }),
    droppedAttributesCount: dropped,
  };
}

/** The part of the SDK's class that exporters use. */
function resourceOf([, , attributes, schemaUrl]: ResourceRecord): JournaledResource {
  const settled = attributesOf(attributes);
  const resource = {
    attributes: settled,
    asyncAttributesPending: false,
    ...(schemaUrl !== 0 && { schemaUrl }),
    waitForAsyncAttributes: () => Promise.resolve(),
    getRawAttributes: () => Object.entries(settled),
    merge: () => resource,
  };
  return resource;
}

function scopeOf([, , name, version, schemaUrl]: ScopeRecord): JournaledScope {
  return { name, ...(version !== 0 && { version }), ...(schemaUrl !== 0 && { schemaUrl }) };
}

function attributesOf(written: unknown): Attributes {
  if (typeof written !== 'object' || written === null) return {};
  const attributes: Attributes = {};
  for (const [key, value] of Object.entries(written)) {
    attributes[key] = (Array.isArray(value) ? value.map(oddNumber) : oddNumber(value)) as Attributes[string];
  }
  return attributes;
}

function oddNumber(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'number' in value ? Number(value.number) : value;
}

function millisecondsToHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

function later(a: HrTime, b: HrTime): HrTime {
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]) ? a : b;
}

function between(start: HrTime, end: HrTime): HrTime {
  const nanoseconds = end[1] - start[1];
  return nanoseconds < 0 ? [end[0] - start[0] - 1, nanoseconds + 1e9] : [end[0] - start[0], nanoseconds];
}
