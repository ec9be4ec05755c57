import { attributeText } from '@span-links/explorer-api';
import type { LogRecord, LogsRequest } from '@span-links/otlp';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { logPage, type LogsOptions } from '../src/read/log-list.ts';
import type { TraceStore } from '../src/open-trace-store.ts';
import { openTestStore } from '../src/testing.ts';
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

describe('the list of log records', () => {
  const few = { firstWindow: 3, walkLimit: 10, walkMs: 10_000 };
  const sent = fc.record({
    service: fc.nat(2),
    second: fc.nat(5),
    severityNumber: fc.constantFrom(0, 9, 17),
    eventName: fc.constantFrom('', 'e', 'f'),
    body: fc.constantFrom('one', 'TWO', 'three'),
    trace: fc.nat(2),
  });
  const asked = fc.record(
    {
      order: fc.constantFrom('asc' as const, 'desc' as const),
      limit: fc.integer({ min: 1, max: 7 }),
      service: fc.constantFrom('service 0', 'service 1', 'unknown'),
      severity: fc.constantFrom(9, 17),
      event: fc.constantFrom('e', 'x\0'),
      text: fc.constantFrom('tw', 'E', 'none'),
      traceId: fc.constantFrom(traceId(1), traceId(2)),
      spanId: fc.constantFrom(spanId(1), spanId(2)),
      fromNs: fc.integer({ min: 0, max: 5 }).map((second) => T0 + BigInt(second)),
      toNs: fc.integer({ min: 0, max: 5 }).map((second) => T0 + BigInt(second)),
    },
    { requiredKeys: ['order', 'limit'] },
  ) as fc.Arbitrary<LogsOptions>;

  it('gives what a model gives, page by page, and says how far an unfinished page looked', async () => {
    const store = await openTestStore();
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(sent, { maxLength: 40 }),
          fc.array(asked, { minLength: 10 }),
          async (all, questions) => {
            await deleteLogs(store);
            const records = all.map(({ service, second, trace, ...more }, n) => ({
              service: `service ${service}`,
              n,
              ...record({
                ...more,
                timeUnixNano: T0 + BigInt(second),
                attributes: attributes({ n: BigInt(n) }),
                traceId: trace === 0 ? '' : traceId(trace),
                spanId: trace === 0 ? '' : spanId(trace),
              }),
            }));
            for (const { service, ...one } of records)
              await store.writer.writeLogs(logsOf([one], service), 100);
            for (const options of questions) {
              const found: number[] = [];
              let cursor: string | undefined;
              do {
                const page = await logPage(store.readers, { ...options, cursor }, few);
                found.push(...page.logs.map(({ attributes: [n] }) => Number(attributeText(n!))));
                expect(page.logs.length).toBeLessThanOrEqual(options.limit);
                // Only a page that is not full looks no further.
                if (page.searchedBackTo !== null) expect(page.nextCursor).not.toBeNull();
                cursor = page.nextCursor ?? undefined;
              } while (cursor !== undefined);
              const inOrder = records.toSorted(
                (a, b) => Number(a.timeUnixNano - b.timeUnixNano) || a.n - b.n,
              );
              if (options.order === 'desc') inOrder.reverse();
              expect(
                found,
                JSON.stringify(options, (_, value: unknown) =>
                  typeof value === 'bigint' ? String(value) : value,
                ),
              ).toEqual(inOrder.filter((one) => fits(one, options)).map(({ n }) => n));
            }
          },
        ),
        { numRuns: 15, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
      );
    } finally {
      await store.close();
    }
  }, 120_000);

  async function deleteLogs({ readers }: TraceStore): Promise<void> {
    const client = await readers.connect();
    try {
      await client.query('SET default_transaction_read_only = off');
      await client.query('DELETE FROM logs');
    } finally {
      client.release(true);
    }
  }

  function fits(one: LogRecord & { readonly service: string }, options: LogsOptions): boolean {
    const { service, severity, event, text, traceId: ofTrace, spanId: ofSpan, fromNs, toNs } = options;
    return (
      (service === undefined || one.service === service) &&
      (severity === undefined || one.severityNumber >= severity) &&
      (event === undefined || one.eventName === event) &&
      (text === undefined || (one.body as string).toLowerCase().includes(text.toLowerCase())) &&
      (ofTrace === undefined || one.traceId === ofTrace) &&
      (ofSpan === undefined || one.spanId === ofSpan) &&
      (fromNs === undefined || one.timeUnixNano >= fromNs) &&
      (toNs === undefined || one.timeUnixNano <= toNs)
    );
  }

  it('finds one text among 20,000 records, and a page ends within its bound', async () => {
    const records = Array.from({ length: 20_000 }, (_, n) =>
      record({ body: n === 3 ? 'needle' : `hay ${n}` }),
    );
    for (let n = 0; n < records.length; n += 5_000) await write(logsOf(records.slice(n, n + 5_000), 'many'));
    const { logs, nextCursor } = await logPage(
      opened.store.readers,
      { limit: 10, order: 'desc', text: 'NEEDLE' },
      { firstWindow: 2_000, walkLimit: 500_000, walkMs: 60_000 },
    );
    expect([logs.length, nextCursor]).toEqual([1, null]);
    const options = { limit: 10, order: 'desc', text: 'needle', service: 'many' } as const;
    const bounded = await logPage(opened.store.readers, options, {
      ...few,
      firstWindow: 1_000,
      walkLimit: 2_000,
    });
    expect(bounded.logs).toEqual([]);
    expect(bounded.searchedBackTo).toBe(String(records.at(-2_000)!.timeUnixNano));
  });
});
