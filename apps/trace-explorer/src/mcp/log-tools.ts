import { attributeText, severityName, type LogRecord } from '@span-links/explorer-api';
import { z } from 'zod';
import { named, textOf, timeText, tracePage, type Answer } from './answer.ts';
import { ReadError } from './explorer-reads.ts';
import { tool } from './tool.ts';
import { fromParameter, limit, since, spanId, traceId } from './tool-input.ts';

const LEAST_SEVERITY = { any: 0, info: 9, warn: 13, error: 17 } as const;
const BODY_CHARACTERS = 300;

export const logsOf = tool({
  name: 'logs_of',
  title: 'Log records',
  description:
    'Log records of a trace or a span in time order, or the newest ones of a service, such as the exceptions behind a failed span.',
  input: z.object({
    traceId: traceId.optional(),
    spanId: spanId.optional().describe('Only of this span; needs traceId'),
    service: z.string().min(1).max(200).optional().describe('Only of this service'),
    severity: z.enum(['any', 'info', 'warn', 'error']).default('any').describe('Least severity'),
    text: z.string().min(1).max(200).optional().describe('Contained in the body, in any case'),
    since: since('1h').describe('Earliest time without a traceId: 30m, 2h, 7d or a date of ISO 8601'),
    limit: limit(20, 100),
  }),
  async run(reads, { traceId, spanId, service, severity, text, since, limit }): Promise<Answer> {
    if (spanId !== undefined && traceId === undefined)
      throw new ReadError('spanId needs the traceId of its trace.', 400);
    const { logs, nextCursor, searchedBackTo } = await reads.logs({
      limit: String(limit),
      order: traceId === undefined ? 'desc' : 'asc',
      severity: String(LEAST_SEVERITY[severity]),
      ...(traceId === undefined ? fromParameter(since) : { traceId }),
      ...(spanId !== undefined && { spanId }),
      ...(service !== undefined && { service }),
      ...(text !== undefined && { text }),
    });
    return {
      lines: logs.length === 0 ? ['No log record fulfils this.'] : logs.map(logLine),
      omitted: [
        searchedBackTo === null
          ? undefined
          : `log records before ${timeText(searchedBackTo)} were not searched`,
        nextCursor === null || searchedBackTo !== null
          ? undefined
          : 'more log records; narrow the question or raise limit',
        'attributes other than the exception',
      ],
      page: traceId === undefined ? '/traces' : tracePage(traceId.toLowerCase(), spanId?.toLowerCase()),
    };
  },
});

function logLine(log: LogRecord): string {
  const { time, service, eventName, body, attributes, traceId, spanId } = log;
  const exception = ['exception.type', 'exception.message'].flatMap((key) => textOf(attributes, key) ?? []);
  const parts = [
    timeText(time),
    severityName(log),
    named(service),
    eventName === '' ? undefined : named(eventName),
    body === null ? undefined : `"${named(attributeText(body), BODY_CHARACTERS)}"`,
    exception.length === 0 ? undefined : named(exception.join(': '), BODY_CHARACTERS),
    traceId === null ? 'no trace' : `traceId ${traceId}${spanId === null ? '' : ` spanId ${spanId}`}`,
  ];
  return parts.filter((part) => part !== undefined && part !== '').join('  ');
}
