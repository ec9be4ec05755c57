import {
  isKeyValueList,
  type AnyValue,
  type LogRecord,
  type LogsRequest,
  type Steps,
} from '@span-links/otlp';
import type pg from 'pg';
import { readSql } from '../sql.ts';
import { countColumn, textColumn, type Dictionaries } from './dictionaries.ts';
import type { DictionaryEntry } from './dictionary.ts';
import { ExactParts, typedAttributes, typedValue } from './exact-json.ts';
import { plainJsonText } from './plain-json.ts';
import type { Refusals } from './refusals.ts';

/** A log record as a row that lacks only the ids of shared data. */
export interface PreparedLog {
  readonly resource: DictionaryEntry;
  readonly scope: DictionaryEntry;
  readonly columns: LogColumns;
  /** The estimated disk space. */
  readonly diskBytes: number;
}

interface LogColumns {
  readonly traceId: string | null;
  readonly spanId: Buffer | null;
  readonly timeNs: string;
  readonly observedNs: string | null;
  readonly severity: number;
  readonly severityText: string | null;
  readonly eventName: string | null;
  readonly body: string | null;
  readonly attributes: string | null;
  readonly droppedAttributes: number;
  readonly flags: number;
  readonly exact: string | null;
}

const ADD_LOGS = { name: 'add-logs', text: readSql('add-logs') };
const LAST_TIME_NS = 2n ** 63n - 1n;
const MOST_SEVERE = 24;
const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/;
// The columns of fixed size, the header of the row and its entries in four indexes.
const LOG_DISK_OVERHEAD = 260;
const RECORDS_PER_STEP = 8;

/** Encodes the storable part of a request and says why the rest cannot be stored, in steps. */
export function* prepareLogs(
  { resourceLogs }: LogsRequest,
  dictionaries: Dictionaries,
  receivedAtMs: number,
  refusals: Refusals,
): Steps<PreparedLog[]> {
  const prepared: PreparedLog[] = [];
  let visited = 0;
  for (const { resource, scopeLogs, schemaUrl } of resourceLogs) {
    if (scopeLogs.every(({ logRecords }) => logRecords.length === 0)) continue;
    const resourceEntry = dictionaries.resource(resource, schemaUrl);
    for (const { scope, logRecords, schemaUrl: scopeUrl } of scopeLogs) {
      if (logRecords.length === 0) continue;
      const scopeEntry = dictionaries.scope(scope, scopeUrl);
      for (const record of logRecords) {
        const columns = columnsOf(record, receivedAtMs, refusals);
        if (columns !== undefined) {
          const diskBytes = LOG_DISK_OVERHEAD + variableBytes(columns);
          prepared.push({ resource: resourceEntry, scope: scopeEntry, columns, diskBytes });
        }
        if (++visited % RECORDS_PER_STEP === 0) yield;
      }
    }
  }
  return prepared;
}

/** Stores log records in one transaction, as one batch. Resolves after the commit. */
export async function writeLogs(
  client: pg.ClientBase,
  logs: readonly PreparedLog[],
  dictionaries: Dictionaries,
): Promise<void> {
  await dictionaries.resources.renew(client, new Set(logs.map(({ resource }) => resource)));
  await dictionaries.scopes.renew(client, new Set(logs.map(({ scope }) => scope)));
  const column = <Name extends keyof LogColumns>(name: Name) => logs.map(({ columns }) => columns[name]);
  await client.query({
    ...ADD_LOGS,
    values: [
      logs.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
      logs.length,
      column('traceId'),
      column('spanId'),
      column('timeNs'),
      column('observedNs'),
      column('severity'),
      column('severityText'),
      column('eventName'),
      column('body'),
      column('attributes'),
      column('droppedAttributes'),
      column('flags'),
      logs.map(({ resource }) => resource.id),
      logs.map(({ scope }) => scope.id),
      column('exact'),
    ],
  });
}

function columnsOf(record: LogRecord, receivedAtMs: number, refusals: Refusals): LogColumns | undefined {
  const { timeUnixNano, observedTimeUnixNano, severityNumber } = record;
  if (timeUnixNano > LAST_TIME_NS || observedTimeUnixNano > LAST_TIME_NS) {
    refusals.add('a time beyond the year 2262');
    return undefined;
  }
  if (severityNumber < 0 || severityNumber > MOST_SEVERE) {
    refusals.add(`a severity number that is not from 0 to ${MOST_SEVERE}`);
    return undefined;
  }
  const exact = new ExactParts();
  const attributes = record.attributes.length > 0 ? plainJsonText(record.attributes) : undefined;
  if (attributes?.isExact === false) exact.add('attributes', typedAttributes(record.attributes));
  const traceId = TRACE_ID.test(record.traceId) ? record.traceId : null;
  const hasSpan = traceId !== null && SPAN_ID.test(record.spanId);
  return {
    traceId,
    spanId: hasSpan ? Buffer.from(record.spanId, 'hex') : null,
    timeNs: String(timeUnixNano || observedTimeUnixNano || BigInt(receivedAtMs) * 1_000_000n),
    observedNs: observedTimeUnixNano === 0n ? null : String(observedTimeUnixNano),
    severity: severityNumber,
    severityText: textColumn(record.severityText, 'severityText', exact) || null,
    eventName: textColumn(record.eventName, 'eventName', exact) || null,
    body: bodyColumn(record.body, exact),
    attributes: attributes?.json ?? null,
    droppedAttributes: countColumn(record.droppedAttributesCount, 'droppedAttributesCount', exact),
    flags: record.flags | 0,
    exact: exact.json(),
  };
}

/** Searchable text. A body that is no text goes to `exact` with its types. */
function bodyColumn(body: AnyValue, exact: ExactParts): string | null {
  if (body === null) return null;
  if (typeof body === 'string') return textColumn(body, 'bodyText', exact);
  exact.add('body', typedValue(body));
  const { json } = plainJsonText(isKeyValueList(body) ? body.pairs : [{ key: 'body', value: body }]);
  return json;
}

function variableBytes({ severityText, eventName, body, attributes, exact }: LogColumns): number {
  return [severityText, eventName, body, attributes, exact].reduce(
    (sum, text) => sum + (text === null ? 0 : Buffer.byteLength(text)),
    0,
  );
}
