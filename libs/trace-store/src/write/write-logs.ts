import { createHash } from 'node:crypto';
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
  /** As hex; `null` if the record has no time of its own. */
  readonly digest: string | null;
  /** The estimated disk space. */
  readonly diskBytes: number;
}

/** The part of a batch that was not stored before. */
export interface AddedLogs {
  readonly records: number;
  readonly bytes: number;
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
// The columns of fixed size, the header of the row and its entries in five to seven indexes.
const LOG_DISK_OVERHEAD = 340;
const RECORDS_PER_STEP = 8;

/** Encodes the storable part of a request and says why the rest cannot be stored, in steps. */
export function* prepareLogs(
  { resourceLogs }: LogsRequest,
  dictionaries: Dictionaries,
  receivedAtMs: number,
  refusals: Refusals,
): Steps<PreparedLog[]> {
  const prepared: PreparedLog[] = [];
  const digests = new RecordDigests();
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
          const digest = digests.of(record, columns, resourceEntry, scopeEntry);
          prepared.push({ resource: resourceEntry, scope: scopeEntry, columns, digest, diskBytes });
        }
        if (++visited % RECORDS_PER_STEP === 0) yield;
      }
    }
  }
  return prepared;
}

/**
 * Stores the log records that are not stored yet in one transaction, as one batch. Resolves after
 * the commit.
 *
 * @returns how many were not stored yet, and their estimated disk space.
 */
export async function writeLogs(
  client: pg.ClientBase,
  logs: readonly PreparedLog[],
  dictionaries: Dictionaries,
): Promise<AddedLogs> {
  await dictionaries.resources.renew(client, new Set(logs.map(({ resource }) => resource)));
  await dictionaries.scopes.renew(client, new Set(logs.map(({ scope }) => scope)));
  const column = <Name extends keyof LogColumns>(name: Name) => logs.map(({ columns }) => columns[name]);
  const { rows } = await client.query<AddedLogs>({
    ...ADD_LOGS,
    values: [
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
      logs.map(({ digest }) => digest),
      logs.map(({ diskBytes }) => diskBytes),
    ],
  });
  return rows[0]!;
}

function columnsOf(record: LogRecord, receivedAtMs: number, refusals: Refusals): LogColumns | undefined {
  const { timeUnixNano, observedTimeUnixNano, severityNumber } = record;
  if (timeUnixNano > LAST_TIME_NS || observedTimeUnixNano > LAST_TIME_NS) {
    refusals.add('a time beyond the year 2262', 'time');
    return undefined;
  }
  if (severityNumber < 0 || severityNumber > MOST_SEVERE) {
    refusals.add(`a severity number that is not from 0 to ${MOST_SEVERE}`, 'severity');
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

/**
 * Log records have no id. A sender that repeats a request sends the same records, so the content is
 * the identity: each record has a digest of everything that was sent. Equal records of one request
 * are different records, so their number among their equals is part of it.
 */
class RecordDigests {
  readonly #equals = new Map<string, number>();

  /** @returns `null` for a record without a time: a later one with the same content is another record. */
  of(
    { traceId, spanId, timeUnixNano, observedTimeUnixNano }: LogRecord,
    columns: LogColumns,
    resource: DictionaryEntry,
    scope: DictionaryEntry,
  ): string | null {
    if (timeUnixNano === 0n && observedTimeUnixNano === 0n) return null;
    // `exact` holds what the other columns cannot, so the columns say everything but invalid ids.
    const content = JSON.stringify({ ...columns, traceId, spanId });
    const digest = digestOf(resource.digest, scope.digest, content);
    const number = this.#equals.get(digest) ?? 0;
    this.#equals.set(digest, number + 1);
    return number === 0 ? digest : digestOf(digest, String(number));
  }
}

/** As long as a `uuid`: 16 bytes. */
function digestOf(...parts: readonly (Buffer | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 32);
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
