import type { LogRecord, LogsRequest } from '@span-links/otlp';
import { beforeAll, describe, expect, it } from 'vitest';
import { attributes, request, span, spanId, T0, traceId } from './requests.ts';
import { query, testStore } from './read/fixture.ts';

const opened = testStore();
let lastTime = T0;

function record(more: Partial<LogRecord> = {}): LogRecord {
  return {
    timeUnixNano: ++lastTime,
    observedTimeUnixNano: 0n,
    severityNumber: 9,
    severityText: 'INFO',
    eventName: '',
    body: 'hello',
    attributes: [],
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    ...more,
  };
}

function logsOf(logRecords: readonly LogRecord[], service = 'logger', scopeName = 'test'): LogsRequest {
  const scope = { name: scopeName, version: '', attributes: [], droppedAttributesCount: 0 };
  const resource = { attributes: attributes({ 'service.name': service }), droppedAttributesCount: 0 };
  return { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords, schemaUrl: '' }], schemaUrl: '' }] };
}

const write = (sent: LogsRequest) => opened.store.writer.writeLogs(sent, 1_000);
const storedOf = async (service: string) =>
  (await opened.reader.logs({ limit: 1_000, order: 'asc', service })).logs;

describe('a log record that is sent again', () => {
  it('is stored once, and counted as a duplicate', async () => {
    const sent = logsOf(
      [record({ body: 'a' }), record({ body: ['b', 1n], attributes: attributes({ k: 1 }) })],
      'again',
    );
    expect(await write(sent)).toMatchObject({ stored: 2, duplicates: 0 });
    expect(await write(sent)).toMatchObject({ stored: 0, duplicates: 2 });
    const withOneMore = logsOf([...sent.resourceLogs[0]!.scopeLogs[0]!.logRecords, record()], 'again');
    expect(await write(withOneMore)).toMatchObject({ stored: 1, duplicates: 2 });
    expect(await storedOf('again')).toHaveLength(3);
  });

  it('is stored once if several senders bring it at the same time, in any order', async () => {
    const records = Array.from({ length: 200 }, (_, n) => record({ body: `record ${n}` }));
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, n) => write(logsOf(n % 2 ? records : records.toReversed(), 'at once'))),
    );
    expect(outcomes.reduce((sum, { stored }) => sum + stored, 0)).toBe(200);
    expect(outcomes.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(1_000);
    expect(await storedOf('at once')).toHaveLength(200);
  });

  it('is another record if anything of it differs', async () => {
    const one = record();
    const others: Partial<LogRecord>[] = [
      { timeUnixNano: one.timeUnixNano + 1n },
      { observedTimeUnixNano: 5n },
      { severityNumber: 10 },
      { severityText: 'info' },
      { eventName: 'e' },
      { body: null },
      { attributes: attributes({ k: 1n }) },
      { attributes: attributes({ k: 1 }) },
      { droppedAttributesCount: 1 },
      { flags: 1 },
      { traceId: traceId(1) },
      { traceId: traceId(1), spanId: spanId(1) },
    ];
    const all = [one, ...others.map((other) => ({ ...one, ...other }))];
    for (const each of all) expect(await write(logsOf([each], 'differs'))).toMatchObject({ stored: 1 });
    expect(await write(logsOf([one], 'differs', 'another scope'))).toMatchObject({ stored: 1 });
    expect(await write(logsOf(all, 'differs'))).toMatchObject({ stored: 0, duplicates: all.length });
    lastTime += 10n;
  });
});

it('equal log records of one request are all stored, and none of them twice', async () => {
  const same = record({ body: 'tick' });
  const sent = logsOf([same, same, same], 'equal');
  expect(await write(sent)).toMatchObject({ stored: 3, duplicates: 0 });
  expect(await write(sent)).toMatchObject({ stored: 0, duplicates: 3 });
  expect(await storedOf('equal')).toHaveLength(3);
});

it('a log record without a time is always new, because nothing tells it from a later one', async () => {
  const sent = logsOf([record({ timeUnixNano: 0n })], 'timeless');
  expect(await write(sent)).toMatchObject({ stored: 1 });
  expect(await write(sent)).toMatchObject({ stored: 1 });
});

describe('a search by log records', () => {
  const FREQUENT = 5_200;
  const spanAt = (n: number, name: string) =>
    span({ traceId: traceId(900 + n), spanId: spanId(900 + n), name, startTimeUnixNano: T0 + BigInt(n) });
  beforeAll(async () => {
    const names = ['rare', 'frequent', 'none'];
    await opened.store.writer.write(
      request(
        names.map((name, n) => spanAt(n, name)),
        'searched',
      ),
    );
    const at = (n: number) => ({ traceId: traceId(900 + n), spanId: spanId(900 + n) });
    const rare = record({
      ...at(0),
      eventName: 'exception',
      severityNumber: 17,
      attributes: attributes({ 'exception.type': 'CardDeclined', list: ['x', 'y'] }),
    });
    const frequent = Array.from({ length: FREQUENT }, () =>
      record({ ...at(1), eventName: 'tick', attributes: attributes({ often: 'yes' }) }),
    );
    await write(
      logsOf(
        [rare, ...frequent, record({ traceId: traceId(902), eventName: 'of no span' })],
        'searched logs',
      ),
    );
  });
  const namesBy = async (...terms: Parameters<typeof query>) => {
    const { spans } = await opened.reader.searchSpans(query(...terms), { limit: 10 });
    return spans.map(({ name }) => name);
  };
  const tracesBy = async (...terms: Parameters<typeof query>) => {
    const { traces } = await opened.reader.searchTraces(query(...terms), { limit: 10 });
    return traces.map((found) => found.traceId);
  };

  it.each<[string, Parameters<typeof query>[0], string[]]>([
    [
      'an attribute without a prefix',
      { field: 'attribute', key: 'exception.type', operator: '=', values: ['CardDeclined'] },
      ['rare'],
    ],
    ['an attribute of log records', { field: 'log', key: 'list', operator: '=', values: ['y'] }, ['rare']],
    ['a whole list', { field: 'log', key: 'list', operator: '=', values: ['["x","y"]'] }, ['rare']],
    [
      'a value that more records have than are gathered',
      { field: 'attribute', key: 'often', operator: '=', values: ['yes'] },
      ['frequent'],
    ],
    ['a frequent event', { field: 'log.event', operator: '=', values: ['tick'] }, ['frequent']],
    ['an event', { field: 'log.event', operator: '=', values: ['exception', 'x'] }, ['rare']],
    ['an event of the trace alone', { field: 'log.event', operator: '=', values: ['of no span'] }, []],
    ['a severity', { field: 'log.severity', operator: '>=', values: ['warn'] }, ['rare']],
    ['no such log record', { field: 'log', key: 'list', operator: '=', values: ['z'] }, []],
  ])('finds spans by %s', async (_, term, names) => {
    const service = { field: 'service', operator: '=', values: ['searched'] } as const;
    expect(await namesBy(service, term)).toEqual(names);
    expect(await tracesBy(service, term)).toHaveLength(names.length);
  });

  it('combines negations with other terms', async () => {
    const service = { field: 'service', operator: '=', values: ['searched'] } as const;
    expect(await namesBy(service, { field: 'log.event', operator: '!=', values: ['exception'] })).toEqual([
      'none',
      'frequent',
    ]);
    expect(
      await namesBy(service, { field: 'attribute', key: 'often', operator: '!=', values: ['yes'] }),
    ).toEqual(['none', 'rare']);
    expect(await namesBy(service, { field: 'has', what: 'logs', negated: true })).toEqual(['none']);
  });

  it('finds log records in the spans of one trace', async () => {
    expect(await opened.reader.find(traceId(900), 'carddeclined EXCEPTION')).toMatchObject({
      spanIds: [spanId(900)],
    });
    expect(await opened.reader.find(traceId(900), 'tick')).toMatchObject({ spanIds: [] });
  });
});
