import { Controller, Get, Header, Param, Query, UseFilters } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { TraceSummary } from '@span-links/explorer-api';
import { ProblemException } from '@span-links/service-shell';
import { TraceReader } from '@span-links/trace-store';
import { jaegerAnswer, JaegerErrorFilter, type JaegerAnswer } from './jaeger-answer.ts';
import { jaegerCalls, type JaegerCall } from './jaeger-calls.ts';
import { jaegerDependencyRange, jaegerSearch, jaegerTraceId } from './jaeger-query.ts';
import { jaegerTrace, type JaegerTrace } from './jaeger-trace.ts';

const MAX_SPANS = 20_000;

const optional = (name: string, description: string) => ApiQuery({ name, required: false, description });

/** Jaeger's query API, for Jaeger UI and Grafana's Jaeger data source: give them `<this server>/jaeger` as the address. */
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
    return jaegerAnswer(await this.#operations(service));
  }

  @Get('operations')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: "Names of a service's spans; kinds are not told apart." })
  @optional('service', 'Required.')
  async operations(
    @Query('service') service: unknown,
  ): Promise<JaegerAnswer<{ name: string; spanKind: string }[]>> {
    if (typeof service !== 'string' || service === '') {
      throw new ProblemException({ status: 400, detail: "parameter 'service' is required" });
    }
    return jaegerAnswer((await this.#operations(service)).map((name) => ({ name, spanKind: '' })));
  }

  @Get('traces')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: 'Whole traces, newest first.' })
  @optional('service', 'Required without traceID.')
  @optional('operation', 'Name of a span.')
  @optional('tags', 'A JSON object of strings.')
  @optional('minDuration', 'Such as 100ms; the same for maxDuration.')
  @optional('start', 'Unix time in µs; the same for end.')
  @optional('limit', 'At most 500; 100 by default.')
  async traces(@Query() parameters: unknown): Promise<JaegerAnswer<JaegerTrace[]>> {
    const { traceIds, query, ...options } = jaegerSearch(parameters, Date.now());
    if (traceIds === undefined) {
      const { traces } = await this.reader.searchTraces(query, options);
      return jaegerAnswer(await this.#fullTraces(traces));
    }
    const found = await this.#fullTraces(await this.reader.summaries(traceIds));
    const missing = traceIds.filter((traceId) => !found.some(({ traceID }) => traceID === traceId));
    const errors = missing.map((traceID) => ({ msg: 'trace not found', traceID }));
    return jaegerAnswer(found, errors.length > 0 ? errors : null);
  }

  @Get('traces/:traceId')
  @Header('cache-control', 'private, no-cache')
  @ApiOperation({ summary: 'One trace; its links are references.' })
  async trace(@Param('traceId') traceId: string): Promise<JaegerAnswer<JaegerTrace[]>> {
    const found = await this.#fullTraces(await this.reader.summaries([jaegerTraceId(traceId)]));
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

  async #operations(name: string): Promise<readonly string[]> {
    const { services } = await this.reader.services();
    return services.find(({ service }) => service === name)?.operations ?? [];
  }

  /** As many of the traces as stay within the limit, the first in any case: an answer is all in memory at once. */
  async #fullTraces(summaries: readonly TraceSummary[]): Promise<JaegerTrace[]> {
    const traceIds: string[] = [];
    let spans = 0;
    for (const { traceId, spanCount } of summaries) {
      spans += spanCount;
      if (spans > MAX_SPANS && traceIds.length > 0) break;
      traceIds.push(traceId);
    }
    return (await this.reader.fullTraces(traceIds, { spanLimit: MAX_SPANS })).map(jaegerTrace);
  }
}
