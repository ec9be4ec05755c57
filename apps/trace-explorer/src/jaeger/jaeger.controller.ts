import { Controller, Get, Header, Param, Query, UseFilters } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ProblemException } from '@span-links/service-shell';
import { TraceReader } from '@span-links/trace-store';
import { jaegerAnswer, JaegerErrorFilter, type JaegerAnswer } from './jaeger-answer.ts';
import { jaegerCalls, type JaegerCall } from './jaeger-calls.ts';
import { bad, jaegerDependencyRange, jaegerSearch, jaegerTraceId, spanKindOf } from './jaeger-query.ts';
import { jaegerTrace, type JaegerTrace } from './jaeger-trace.ts';
import { findTraces, readTraces } from './jaeger-traces.ts';

const optional = (name: string, description: string) => ApiQuery({ name, required: false, description });

/**
 * Jaeger's query API, for Jaeger UI and Grafana's Jaeger data source. Use `<this server>/jaeger` as
 * the address.
 */
@ApiTags('jaeger')
@Controller('jaeger/api')
@UseFilters(JaegerErrorFilter)
export class JaegerController {
  constructor(private readonly reader: TraceReader) {}

  @Get('services')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: 'Names of services.' })
  async services(): Promise<JaegerAnswer<string[]>> {
    const { services } = await this.reader.services();
    return jaegerAnswer(services.map(({ service }) => service));
  }

  @Get('services/:service/operations')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: "Names of a service's spans." })
  async operationNames(@Param('service') service: string): Promise<JaegerAnswer<readonly string[]>> {
    const operations = await this.reader.operations(service);
    return jaegerAnswer([...new Set(operations.map(({ name }) => name))]);
  }

  @Get('operations')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: "Names and kinds of a service's spans." })
  @optional('service', 'Required.')
  @optional('spanKind', 'Only operations of this kind, such as server.')
  async operations(
    @Query('service') service: unknown,
    @Query('spanKind') spanKind: unknown,
  ): Promise<JaegerAnswer<{ name: string; spanKind: string }[]>> {
    if (typeof service !== 'string' || service === '') throw bad("parameter 'service' is required");
    const kind = typeof spanKind === 'string' && spanKind !== '' ? spanKindOf(spanKind) : undefined;
    const operations = (await this.reader.operations(service)).filter((one) => !kind || one.kind === kind);
    return jaegerAnswer(
      operations.map(({ name, kind: of }) => ({ name, spanKind: of === 'unspecified' ? '' : of })),
    );
  }

  @Get('traces')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: 'Whole traces, newest first.' })
  @optional('service', 'Required without traceID.')
  @optional('operation', 'Name of a span.')
  @optional('spanKind', 'Kind of a span, such as server.')
  @optional('tags', 'A JSON object of strings.')
  @optional('minDuration', 'Such as 100ms; the same for maxDuration.')
  @optional('start', 'Unix time in µs; the same for end.')
  @optional('limit', 'At most 500; 100 by default.')
  async traces(@Query() parameters: unknown): Promise<JaegerAnswer<JaegerTrace[]>> {
    const { traceIds, ...search } = jaegerSearch(parameters, Date.now());
    if (traceIds === undefined) {
      const traces = await readTraces(this.reader, await findTraces(this.reader, search));
      return jaegerAnswer(traces.map((trace) => jaegerTrace(trace, trace.spanCount)));
    }
    const found = await this.#traces(traceIds);
    const missing = traceIds.filter((traceId) => !found.some(({ traceID }) => traceID === traceId));
    const errors = missing.map((traceID) => ({ msg: 'trace not found', traceID }));
    return jaegerAnswer(found, errors.length > 0 ? errors : null);
  }

  @Get('traces/:traceId')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: 'One trace; its links are references.' })
  async trace(@Param('traceId') traceId: string): Promise<JaegerAnswer<JaegerTrace[]>> {
    const found = await this.#traces([jaegerTraceId(traceId)]);
    if (found.length === 0) throw new ProblemException({ status: 404, detail: 'trace not found' });
    return jaegerAnswer(found);
  }

  @Get('dependencies')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: 'Who calls whom, and whose work goes on in which other service by a link.' })
  @optional('endTs', 'Unix time in ms.')
  @optional('lookback', 'In ms; a day by default.')
  async dependencies(@Query() parameters: unknown): Promise<JaegerAnswer<JaegerCall[]>> {
    const { fromNs, toNs, service } = jaegerDependencyRange(parameters, Date.now());
    const calls = jaegerCalls(await this.reader.dependencies(fromNs, toNs));
    return jaegerAnswer(
      calls.filter(({ parent, child }) => !service || parent === service || child === service),
    );
  }

  async #traces(traceIds: readonly string[]): Promise<JaegerTrace[]> {
    const traces = await readTraces(this.reader, await this.reader.summaries(traceIds));
    return traces.map((trace) => jaegerTrace(trace, trace.spanCount));
  }
}
