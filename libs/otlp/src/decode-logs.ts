import { at, readResource as readJsonResource, readScope as readJsonScope } from './decode-traces-json.ts';
import {
  asObject,
  type JsonObject,
  parseLosslessJson,
  readAnyValue as readJsonValue,
  readAttributes,
  readCount,
  readEnum,
  readId,
  readList,
  readMessage,
  readNanos,
  readText,
  within,
} from './json-fields.ts';
import type { LogRecord, LogsRequest, Resource, ResourceLogs, Scope, ScopeLogs } from './otlp-model.ts';
import type { Steps } from './loop-turns.ts';
import type { MessageScan } from './message-scan.ts';
import type { OtlpEncoding } from './otlp-signal.ts';
import {
  readAnyValue,
  readAttribute,
  readResource,
  readScope,
  WireReader,
  type Writable,
} from './protobuf-fields.ts';

/**
 * Decodes an `ExportLogsServiceRequest`, in steps. The limits that `scan` counted with bound the
 * result.
 *
 * @param scan of `scanMessage`, after it was given all of `bytes`
 * @throws {OtlpDecodeError} if the message is broken
 */
export function* decodeLogs(
  encoding: OtlpEncoding,
  bytes: Uint8Array,
  scan: MessageScan,
): Steps<LogsRequest> {
  scan.end();
  return yield* encoding === 'json' ? decodeJson(bytes) : decodeProtobuf(bytes);
}

export function logRecordCount({ resourceLogs }: LogsRequest): number {
  let count = 0;
  for (const { scopeLogs } of resourceLogs)
    for (const { logRecords } of scopeLogs) count += logRecords.length;
  return count;
}

function* decodeJson(bytes: Uint8Array): Steps<LogsRequest> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  yield;
  const document = parseLosslessJson(text);
  yield;
  return at('$', () => ({ resourceLogs: readList(asObject(document), 'resourceLogs', jsonResourceLogs) }));
}

function jsonResourceLogs(from: JsonObject): ResourceLogs {
  return {
    resource: readMessage(from, 'resource', readJsonResource),
    scopeLogs: readList(from, 'scopeLogs', jsonScopeLogs),
    schemaUrl: readText(from, 'schemaUrl'),
  };
}

function jsonScopeLogs(from: JsonObject): ScopeLogs {
  return {
    scope: readMessage(from, 'scope', readJsonScope),
    logRecords: readList(from, 'logRecords', jsonLogRecord),
    schemaUrl: readText(from, 'schemaUrl'),
  };
}

function jsonLogRecord(from: JsonObject): LogRecord {
  const body = from['body'];
  return {
    timeUnixNano: readNanos(from, 'timeUnixNano'),
    observedTimeUnixNano: readNanos(from, 'observedTimeUnixNano'),
    severityNumber: readEnum(from, 'severityNumber'),
    severityText: readText(from, 'severityText'),
    eventName: readText(from, 'eventName'),
    body: body == null ? null : within('.body', () => readJsonValue(asObject(body), 0)),
    attributes: readAttributes(from, 'attributes'),
    droppedAttributesCount: readCount(from, 'droppedAttributesCount'),
    flags: readCount(from, 'flags'),
    traceId: readId(from, 'traceId'),
    spanId: readId(from, 'spanId'),
  };
}

function* decodeProtobuf(bytes: Uint8Array): Steps<LogsRequest> {
  const reader = new WireReader(bytes);
  try {
    const resourceLogs: ResourceLogs[] = [];
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if (tag === 10) resourceLogs.push(yield* readResourceLogs(reader));
      else reader.skipField(tag);
    }
    return { resourceLogs };
  } catch (error) {
    throw reader.asDecodeError(error);
  }
}

function* readResourceLogs(reader: WireReader): Steps<ResourceLogs> {
  const resource: Writable<Resource> = { attributes: [], droppedAttributesCount: 0 };
  const scopeLogs: ScopeLogs[] = [];
  let schemaUrl = '';
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === 10) readResource(reader, resource);
    else if (tag === 18) scopeLogs.push(yield* readScopeLogs(reader));
    else if (tag === 26) schemaUrl = reader.text();
    else reader.skipField(tag);
    yield;
  }
  reader.leave(outer);
  return { resource, scopeLogs, schemaUrl };
}

function* readScopeLogs(reader: WireReader): Steps<ScopeLogs> {
  const scope: Writable<Scope> = { name: '', version: '', attributes: [], droppedAttributesCount: 0 };
  const logRecords: LogRecord[] = [];
  let schemaUrl = '';
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === 10) readScope(reader, scope);
    else if (tag === 18) logRecords.push(readLogRecord(reader));
    else if (tag === 26) schemaUrl = reader.text();
    else reader.skipField(tag);
    yield;
  }
  reader.leave(outer);
  return { scope, logRecords, schemaUrl };
}

function readLogRecord(reader: WireReader): LogRecord {
  const record: Writable<LogRecord> = {
    timeUnixNano: 0n,
    observedTimeUnixNano: 0n,
    severityNumber: 0,
    severityText: '',
    eventName: '',
    body: null,
    attributes: [],
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
  };
  const outer = reader.enter();
  while (reader.pos < reader.len) readLogField(reader, record, reader.tag());
  reader.leave(outer);
  return record;
}

function readLogField(reader: WireReader, record: Writable<LogRecord>, tag: number): void {
  switch (tag) {
    case 9: // time_unix_nano = 1
      record.timeUnixNano = reader.uint64Fixed();
      break;
    case 16: // severity_number = 2
      record.severityNumber = reader.int32();
      break;
    case 26: // severity_text = 3
      record.severityText = reader.text();
      break;
    case 42: // body = 5
      record.body = readAnyValue(reader, record.body, 0);
      break;
    case 50: // attributes = 6
      record.attributes.push(readAttribute(reader));
      break;
    case 56: // dropped_attributes_count = 7
      record.droppedAttributesCount = reader.uint32();
      break;
    case 69: // flags = 8
      record.flags = reader.fixed32();
      break;
    case 74: // trace_id = 9
      record.traceId = reader.hex();
      break;
    case 82: // span_id = 10
      record.spanId = reader.hex();
      break;
    case 89: // observed_time_unix_nano = 11
      record.observedTimeUnixNano = reader.uint64Fixed();
      break;
    case 98: // event_name = 12
      record.eventName = reader.text();
      break;
    default:
      reader.skipField(tag);
  }
}
