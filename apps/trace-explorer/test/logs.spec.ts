import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { context, trace } from '@opentelemetry/api';
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { ErrorPage, ExplorerStats, LogPage, SpanDetail } from '@span-links/explorer-api';
import { DEFAULT_ELEMENT_LIMITS } from '@span-links/otlp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_SCHEMAS } from '../src/api/api-schemas.ts';
import { getJson, postJson, requestOf, spanOf } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const T0 = 1_795_377_194_750_000_000n;

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer();
});
afterAll(() => explorer.close());

const newTraceId = () => randomBytes(16).toString('hex');
const newSpanId = () => randomBytes(8).toString('hex');

function logsOf(logRecords: readonly object[], service = 'checkout') {
  const attributes = [{ key: 'service.name', value: { stringValue: service } }];
  return {
    resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope: { name: 'test' }, logRecords }] }],
  };
}

const recordAt = (ns: number, body: string, more: object = {}) => ({
  timeUnixNano: String(T0 + BigInt(ns)),
  severityNumber: 9,
  body: { stringValue: body },
  ...more,
});

async function send(request: unknown, url = explorer.url): Promise<unknown> {
  const response = await postJson(url, request, {}, '/v1/logs');
  expect(response.status).toBe(200);
  return response.json();
}

async function listed(parameters: string, url = explorer.url): Promise<LogPage> {
  const page = await getJson<LogPage>(url, `/api/v1/logs?${parameters}`);
  API_SCHEMAS.LogPage.parse(page);
  return page;
}

const bodies = ({ logs }: LogPage) => logs.map(({ body }) => (body?.type === 'string' ? body.value : body));

describe('Log records', () => {
  it('come from the OpenTelemetry SDK in protobuf with all that was said, and stand at their span', async () => {
    const [traceId, spanId] = [newTraceId(), newSpanId()];
    await postJson(explorer.url, requestOf([spanOf(traceId, spanId)], 'sdk'));
    const exporter = new InMemoryLogRecordExporter();
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({ 'service.name': 'sdk' }),
      processors: [new SimpleLogRecordProcessor({ exporter })],
    });
    const inSpan = trace.setSpanContext(context.active(), { traceId, spanId, traceFlags: 1 });
    provider.getLogger('payments').emit({
      eventName: 'exception',
      severityNumber: SeverityNumber.ERROR,
      severityText: 'ERROR',
      body: { reason: 'card declined', tries: [1, 2.5] },
      attributes: { 'exception.type': 'CardDeclined', amount: 12, rate: 0.5, tags: ['a', 'b'] },
      context: inSpan,
    });
    await provider.forceFlush();
    const bytes = ProtobufLogsSerializer.serializeRequest(exporter.getFinishedLogRecords())!;
    const response = await fetch(`${explorer.url}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
      body: gzipSync(bytes),
    });
    expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 0]);
    const detail = await getJson<SpanDetail>(explorer.url, `/api/v1/traces/${traceId}/spans/${spanId}`);
    API_SCHEMAS.SpanDetail.parse(detail);
    expect(detail.logs).toMatchObject([
      {
        eventName: 'exception',
        severity: 17,
        severityText: 'ERROR',
        service: 'sdk',
        scope: 'payments',
        traceId,
        spanId,
        attributes: expect.arrayContaining([
          { key: 'exception.type', type: 'string', value: 'CardDeclined' },
          { key: 'amount', type: 'int', value: '12' },
          { key: 'rate', type: 'double', value: 0.5 },
        ]) as unknown,
        body: {
          type: 'map',
          value: [
            { key: 'reason', type: 'string', value: 'card declined' },
            {
              key: 'tries',
              type: 'array',
              value: [
                { type: 'int', value: '1' },
                { type: 'double', value: 2.5 },
              ],
            },
          ],
        },
      },
    ]);
  });

  it('say why a span without an exception of its own failed', async () => {
    const [traceId, spanId] = [newTraceId(), newSpanId()];
    const failed = { name: 'charge-by-log', status: { code: 2 } };
    await postJson(explorer.url, requestOf([spanOf(traceId, spanId, failed)], 'payments'));
    const text = (value: string) => ({ stringValue: value });
    const attributes = [
      { key: 'exception.type', value: text('BankError') },
      { key: 'exception.message', value: text('the bank is closed') },
    ];
    await send(
      logsOf([recordAt(2, 'later', { traceId, spanId }), recordAt(1, '', { traceId, spanId, attributes })]),
    );
    const range = 'from=1795300000000000000&to=1795400000000000000';
    const { groups } = await getJson<ErrorPage>(explorer.url, `/api/v1/errors?${range}`);
    expect(groups.filter(({ operation }) => operation === 'charge-by-log')).toMatchObject([
      { service: 'payments', exception: 'BankError', message: 'the bank is closed', count: 1, spanId },
    ]);
  });

  it('are among the logs of their span in the Jaeger API, in the order of time', async () => {
    const [traceId, spanId] = [newTraceId(), newSpanId()];
    const events = [{ timeUnixNano: String(T0 + 2_000_000n), name: 'middle' }];
    await postJson(explorer.url, requestOf([spanOf(traceId, spanId, { events })]));
    const at = { traceId, spanId, eventName: 'e', severityText: 'WARN' };
    await send(logsOf([recordAt(3_000_000, 'last', at), recordAt(1_000_000, 'first', at)]));
    const { data } = await getJson<{
      data: { spans: { logs: { fields: { key: string; value: unknown }[] }[] }[] }[];
    }>(explorer.url, `/jaeger/api/traces/${traceId}`);
    const logs = data[0]!.spans[0]!.logs.map(({ fields }) => fields.map(({ key, value }) => [key, value]));
    expect(logs).toEqual([
      [
        ['event', 'e'],
        ['level', 'WARN'],
        ['message', 'first'],
      ],
      [['event', 'middle']],
      [
        ['event', 'e'],
        ['level', 'WARN'],
        ['message', 'last'],
      ],
    ]);
  });

  it('are listed by service, severity, event, text, trace and time, a page at a time, also without a trace', async () => {
    const traceId = newTraceId();
    await send(
      logsOf(
        [
          recordAt(1, 'one'),
          recordAt(2, 'TWO', { severityNumber: 17 }),
          recordAt(3, 'three', { eventName: 'started' }),
          recordAt(4, 'four', { traceId }),
          { observedTimeUnixNano: String(T0 + 5n), body: { stringValue: 'five' } },
        ],
        'lists',
      ),
    );
    await send(logsOf([recordAt(1, 'of another service')], 'other'));
    expect(bodies(await listed('service=lists'))).toEqual(['five', 'four', 'three', 'TWO', 'one']);
    expect(bodies(await listed('service=lists&order=asc&severity=13'))).toEqual(['TWO']);
    expect(bodies(await listed('service=lists&event=started'))).toEqual(['three']);
    expect(bodies(await listed('service=lists&text=tw'))).toEqual(['TWO']);
    expect(bodies(await listed(`traceId=${traceId}`))).toEqual(['four']);
    expect(bodies(await listed(`service=lists&from=${T0 + 2n}&to=${T0 + 3n}`))).toEqual(['three', 'TWO']);
    for (const order of ['asc', 'desc']) {
      const found: unknown[] = [];
      let cursor = '';
      for (;;) {
        const page = await listed(`service=lists&limit=2&order=${order}${cursor}`);
        found.push(...bodies(page));
        if (page.nextCursor === null) break;
        cursor = `&cursor=${page.nextCursor}`;
      }
      expect(found.length).toBe(5);
      expect(found).toEqual(bodies(await listed(`service=lists&order=${order}`)));
    }
    const wrong = await fetch(`${explorer.url}/api/v1/logs?traceId=x&severity=25`);
    expect(wrong.status).toBe(400);
  });

  it('are refused one by one if they cannot be stored, and the answer says so', async () => {
    const records = [
      recordAt(0, 'good\0text', { attributes: [{ key: 'a', value: { doubleValue: 3 } }] }),
      recordAt(0, 'severity', { severityNumber: 99 }),
      recordAt(0, 'time', { timeUnixNano: String(2n ** 64n - 1n) }),
    ];
    expect(await send(logsOf(records, 'refusals'))).toEqual({
      partialSuccess: {
        rejectedLogRecords: '2',
        errorMessage:
          '1 log record: a severity number that is not from 0 to 24; 1 log record: a time beyond the year 2262',
      },
    });
    const { logs } = await listed('service=refusals');
    expect(logs).toMatchObject([
      { body: { type: 'string', value: 'good\0text' }, attributes: [{ key: 'a', type: 'double', value: 3 }] },
    ]);
  });

  it('count against the limits of a request before they take memory', async () => {
    const elementLimits = { ...DEFAULT_ELEMENT_LIMITS, logRecords: 2, attributes: 3 };
    const limited = await openTestExplorer({ elementLimits });
    try {
      const three = logsOf([recordAt(1, 'a'), recordAt(2, 'b'), recordAt(3, 'c')]);
      expect((await postJson(limited.url, three, {}, '/v1/logs')).status).toBe(413);
      const attributes = [1, 2, 3].map((n) => ({ key: `k${n}`, value: { intValue: n } }));
      const wide = logsOf([recordAt(1, 'a', { attributes })]);
      expect((await postJson(limited.url, wide, {}, '/v1/logs')).status).toBe(413);
      expect((await listed('', limited.url)).logs).toEqual([]);
    } finally {
      await limited.close();
    }
  });

  it('are counted in the metrics and the figures, those that cannot be stored by reason', async () => {
    const counted = await openTestExplorer();
    try {
      const records = [
        recordAt(1, 'a'),
        recordAt(2, 'b'),
        recordAt(3, 'severity', { severityNumber: 99 }),
        recordAt(3, 'time', { timeUnixNano: String(2n ** 64n - 1n) }),
      ];
      await send(logsOf(records), counted.url);
      expect(await send(logsOf(records.slice(0, 2)), counted.url)).toEqual({});
      const metrics = await (await fetch(`${counted.url}/metrics`)).text();
      expect(metrics.split('\n')).toEqual(
        expect.arrayContaining([
          'trace_explorer_log_records_received_total 6',
          'trace_explorer_log_records_stored_total 2',
          'trace_explorer_log_records_duplicate_total 2',
          'trace_explorer_log_records_refused_total{reason="time"} 1',
          'trace_explorer_log_records_refused_total{reason="severity"} 1',
          'trace_explorer_log_records_refused_total{reason="database"} 0',
          'trace_explorer_log_records_turned_away_total 0',
          'trace_explorer_log_records_evicted_total 0',
        ]),
      );
      const stats = await getJson<ExplorerStats>(counted.url, '/api/v1/stats');
      API_SCHEMAS.ExplorerStats.parse(stats);
      expect(stats).toMatchObject({
        logs: 2,
        spans: 0,
        sinceStart: { received: 0, logs: { received: 6, stored: 2, duplicates: 2, refused: 2, evicted: 0 } },
      });
    } finally {
      await counted.close();
    }
  });

  it('are there after a restart', async () => {
    const first = await openTestExplorer();
    await send(logsOf([recordAt(1, 'kept')]), first.url);
    await first.close();
    const second = await openTestExplorer({ databaseUrl: first.databaseUrl });
    try {
      expect(bodies(await listed('', second.url))).toEqual(['kept']);
    } finally {
      await second.close();
    }
  });
});
