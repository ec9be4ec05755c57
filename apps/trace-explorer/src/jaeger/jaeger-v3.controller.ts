import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  Header,
  Logger,
  Param,
  Query,
  UseFilters,
} from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ProblemException, toProblem } from '@span-links/service-shell';
import { TraceReader } from '@span-links/trace-store';
import type { Response } from 'express';
import { storeProblem } from '../api/store-problems.ts';
import { otlpTraces, type OtlpTraces } from '../otlp-json/otlp-traces.ts';
import { jaegerTraceId, spanKindOf } from './jaeger-query.ts';
import { truncationWarning } from './jaeger-trace.ts';
import { findTraces, readTraces, type SizedTrace } from './jaeger-traces.ts';
import { jaegerV3Search } from './jaeger-v3-query.ts';
import { jaegerSummaries, type JaegerTraceSummary } from './jaeger-v3-summary.ts';

/** Jaeger's attribute for the warnings of a span, because OTLP has no field for them. */
const WARNINGS_ATTRIBUTE = '@jaeger@warnings';

const optional = (name: string, description: string) => ApiQuery({ name, required: false, description });
const searchParameters = [
  optional('query.serviceName', 'Any service without it.'),
  optional('query.operationName', 'Name of a span.'),
  optional(
    'query.attributes',
    'A JSON object of strings: tags of the span, its resource, scope, events or links.',
  ),
  optional('query.startTimeMin', 'Required, in RFC 3339; the same for query.startTimeMax.'),
  optional('query.durationMin', 'Such as 100ms; the same for query.durationMax.'),
  optional('query.searchDepth', 'Traces at most; 100 by default.'),
];

/** Errors in the shape of Jaeger's v3 API, which is that of grpc-gateway. */
@Catch()
export class JaegerV3ErrorFilter implements ExceptionFilter {
  readonly #log = new Logger('Jaeger API v3');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const problem = storeProblem(thrown) ?? toProblem(thrown);
    const { status } = problem.problem;
    if (status >= 500) this.#log.error(`answered ${status}: ${problem.message}`, problem.cause ?? thrown);
    const response = host.switchToHttp().getResponse<Response>();
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    response.status(status).json({ error: { httpCode: status, message: problem.message } });
  }
}

/** Version 3 of Jaeger's query API, which Jaeger UI searches with since 2026; traces are OTLP. */
@ApiTags('jaeger')
@Controller('jaeger/api/v3')
@UseFilters(JaegerV3ErrorFilter)
export class JaegerV3Controller {
  constructor(private readonly reader: TraceReader) {}

  @Get('services')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: 'Names of services.' })
  async services(): Promise<{ services: string[] }> {
    const { services } = await this.reader.services();
    return { services: services.map(({ service }) => service) };
  }

  @Get('operations')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: "Names and kinds of a service's spans." })
  @optional('service', 'Name of the service.')
  @optional('spanKind', 'Only operations of this kind, such as server.')
  async operations(
    @Query() { service, spanKind, span_kind }: Record<string, unknown>,
  ): Promise<{ operations: { name: string; spanKind: string }[] }> {
    if (typeof service !== 'string') return { operations: [] };
    const asked = spanKind || span_kind;
    const kind = typeof asked === 'string' && asked !== '' ? spanKindOf(asked) : undefined;
    const operations = (await this.reader.operations(service)).map(({ name, kind: of }) => ({
      name,
      // Jaeger counts a span without a kind as internal.
      spanKind: of === 'unspecified' ? 'internal' : of,
    }));
    return { operations: operations.filter((operation) => !kind || operation.spanKind === kind) };
  }

  @Get('trace-summaries')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: 'What a list shows of the traces that a search finds.' })
  @searchDocumented()
  async summaries(
    @Query() parameters: Record<string, unknown>,
  ): Promise<{ summaries: JaegerTraceSummary[] }> {
    const traces = await findTraces(this.reader, jaegerV3Search(parameters));
    return { summaries: await jaegerSummaries(this.reader, traces) };
  }

  @Get('traces')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: 'Whole traces as OTLP.' })
  @searchDocumented()
  async traces(@Query() parameters: Record<string, unknown>): Promise<{ result: OtlpTraces }> {
    const traces = await findTraces(this.reader, jaegerV3Search(parameters));
    return answer(await readTraces(this.reader, traces));
  }

  @Get('traces/:traceId')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: 'One trace as OTLP.' })
  async trace(@Param('traceId') traceId: string): Promise<{ result: OtlpTraces }> {
    return answer(await readTraces(this.reader, await this.reader.summaries([jaegerTraceId(traceId)])));
  }
}

function answer(traces: readonly SizedTrace[]): { result: OtlpTraces } {
  if (traces.length === 0) throw new ProblemException({ status: 404, detail: 'No traces found' });
  return { result: otlpTraces(traces.flatMap(spansWithWarning)) };
}

/** The first span says that there are more spans than in the answer. */
function spansWithWarning({ spans, spanCount }: SizedTrace): SizedTrace['spans'] {
  const [first, ...rest] = spans;
  const warnings = truncationWarning(spans.length, spanCount);
  if (!first || warnings.length === 0) return spans;
  const value = warnings.map((text) => ({ type: 'string' as const, value: text }));
  const attribute = { key: WARNINGS_ATTRIBUTE, type: 'array' as const, value };
  return [{ ...first, attributes: [...first.attributes, attribute] }, ...rest];
}

function searchDocumented(): MethodDecorator {
  return (...target) => searchParameters.forEach((decorate) => decorate(...target));
}
