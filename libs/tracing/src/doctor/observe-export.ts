import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { otlpFromEnvironment } from './config.ts';
import type { EndpointFacts, EndpointOutcome, ProcessorFacts } from './facts.ts';
import { classOf, doctorTracer, untraced, type SdkProcessor } from './registered-api.ts';

/** Long enough for a backend on another continent. */
const ANSWER_DEADLINE_MS = 3_000;

/** The target of an exporter: its constructor has combined options and variables. */
interface Target {
  readonly url: string;
  readonly transport: 'grpc' | 'http';
  readonly headers: () => Promise<Record<string, string>>;
}

export function sdkProcessors(): SdkProcessor[] {
  const active = doctorTracer()?._spanProcessor;
  return active?._spanProcessors ?? (active === undefined ? [] : [active]);
}

export function observeProcessors(processors: readonly SdkProcessor[]): ProcessorFacts[] {
  return processors.map((processor) => ({
    name: classOf(processor),
    queueSize: typeof processor._maxQueueSize === 'number' ? processor._maxQueueSize : undefined,
    exporter: processor._exporter === undefined ? undefined : classOf(processor._exporter),
  }));
}

/**
 * Sends an empty request to each OTLP endpoint, with the headers of the exporter itself: the question is whether this
 * process may deliver there.
 */
export async function observeEndpoints(processors: readonly SdkProcessor[]): Promise<EndpointFacts[]> {
  const targets = new Map<string, Target>();
  for (const processor of processors) {
    const target = targetOf(processor);
    if (target !== undefined) targets.set(target.url, target);
  }
  return Promise.all(
    [...targets.values()].map(async (target) => ({
      url: withoutSecrets(target.url),
      transport: target.transport,
      outcome: await untraced(() => outcomeOf(target)),
    })),
  );
}

function targetOf(processor: SdkProcessor): Target | undefined {
  const { _exporter } = processor;
  if (_exporter === undefined) {
    return classOf(processor) === 'JournaledQueue' ? targetFromEnvironment() : undefined;
  }
  const parameters = parametersIn(_exporter);
  if (typeof parameters?.['url'] === 'string') {
    return { url: parameters['url'], transport: 'http', headers: () => headersFrom(parameters['headers']) };
  }
  if (typeof parameters?.['address'] === 'string') {
    const address = parameters['address'].replace(/^[a-z]+:\/{2,3}/i, '');
    return { url: `http://${address}`, transport: 'grpc', headers: async () => ({}) };
  }
  return classOf(_exporter) === 'OTLPTraceExporter' ? targetFromEnvironment() : undefined;
}

function targetFromEnvironment(): Target {
  const { protocol, url, headers } = otlpFromEnvironment();
  const contentType = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
  return {
    url,
    transport: protocol === 'grpc' ? 'grpc' : 'http',
    headers: async () => ({ 'Content-Type': contentType, ...headers }),
  };
}

/** The exporters of 1.x to 3.x wrap their transport in different layers, but its parameters have kept their name. */
function parametersIn(value: unknown, depth = 0): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || depth > 5) return undefined;
  const own = value as Record<string, unknown>;
  const parameters = own['_parameters'];
  if (typeof parameters === 'object' && parameters !== null) return parameters as Record<string, unknown>;
  for (const key of ['_delegate', '_transport', '_otlpExporter', '_exporter']) {
    const found = parametersIn(own[key], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function headersFrom(headers: unknown): Promise<Record<string, string>> {
  const given: unknown = typeof headers === 'function' ? await (headers as () => unknown)() : headers;
  return { 'Content-Type': 'application/x-protobuf', ...(given as Record<string, string> | undefined) };
}

async function outcomeOf(target: Target): Promise<EndpointOutcome> {
  try {
    if (target.transport === 'grpc') return await connectTo(new URL(target.url));
    return await post(new URL(target.url), await target.headers());
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error) };
  }
}

function post(url: URL, headers: Record<string, string>): Promise<EndpointOutcome> {
  // An export request without spans takes no bytes in protobuf.
  const body = /json/.test(headers['Content-Type'] ?? '') ? '{"resourceSpans":[]}' : '';
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(
      url,
      { method: 'POST', headers: { ...headers, 'Content-Length': body.length }, agent: false },
      (response) => {
        response.resume();
        resolve({ kind: 'answered', status: response.statusCode ?? 0 });
      },
    );
    const timer = setTimeout(() => request.destroy(noAnswer()), ANSWER_DEADLINE_MS);
    request.once('error', reject).once('close', () => clearTimeout(timer));
    request.end(body);
  });
}

function connectTo({ hostname, port, protocol }: URL): Promise<EndpointOutcome> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) });
    socket.setTimeout(ANSWER_DEADLINE_MS, () => socket.destroy(noAnswer()));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve({ kind: 'connected' });
    });
  });
}

function noAnswer(): Error {
  return new Error(`no answer within ${ANSWER_DEADLINE_MS / 1_000} s`);
}

/** Only the code if there is one, because messages of Node.js repeat the address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function withoutSecrets(text: string): string {
  if (!URL.canParse(text)) return 'not a URL';
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}
