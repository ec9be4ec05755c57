import type { EndpointFacts, Facts, ProcessorFacts } from './facts.ts';
import type { Finding } from './finding.ts';

/**
 * The specification's default for BatchSpanProcessor. With a smaller queue, a batch of some hundred orders fills it.
 */
const DEFAULT_QUEUE = 2_048;

/** These write inside the process, so they have no queue and no endpoint. */
const LOCAL_EXPORTER = /^(Console|InMemory)/;

export function judgeExport({ processors, endpoints, environment }: Facts): Finding[] {
  if (processors === undefined) return [];
  if (processors.length === 0) return [nobodyExports(environment.tracesExporter)];
  return [
    ...processors.map((processor) => queue(processor, environment.queueSize)),
    ...(endpoints ?? []).map(endpoint),
  ];
}

function nobodyExports(tracesExporter: string | undefined): Finding {
  const check = 'span processor';
  if (tracesExporter === 'none') {
    return {
      check,
      verdict: 'warning',
      found: 'OTEL_TRACES_EXPORTER=none: spans and links are made, but not sent',
      fix: 'Unset OTEL_TRACES_EXPORTER, or set it to otlp.',
    };
  }
  return {
    check,
    verdict: 'problem',
    found: 'none: spans and links are made, but not sent',
    fix: 'Pass a span processor with an exporter to the SDK.',
  };
}

function queue({ name, queueSize, exporter }: ProcessorFacts, wantedSize: string | undefined): Finding {
  const check = 'span processor';
  const what = exporter === undefined ? name : `${name} to ${exporter}`;
  if (name === 'SimpleSpanProcessor' && !LOCAL_EXPORTER.test(exporter ?? '')) {
    return {
      check,
      verdict: 'warning',
      found: `${what}: one request for each span, and no queue`,
      fix: 'Use a queue: linkSafeProcessor of @span-links/tracing/sdk, or a BatchSpanProcessor.',
    };
  }
  if (queueSize === undefined) return { check, verdict: 'ok', found: what };
  if (wantedSize !== undefined && Number(wantedSize) !== queueSize) {
    return {
      check,
      verdict: 'warning',
      found: `${what}, ${queueSize} spans; OTEL_BSP_MAX_QUEUE_SIZE=${wantedSize} is not in force`,
      fix: 'Code sets maxQueueSize: change it there.',
    };
  }
  const small = queueSize < DEFAULT_QUEUE ? `, below the default of ${DEFAULT_QUEUE}` : '';
  return {
    check,
    verdict: 'warning',
    found: `${what}, ${queueSize} spans${small}: a full queue drops what comes last, which is the batch span with its links`,
    fix: 'Take @span-links/tracing/register, whose queue makes room for spans with links, or raise OTEL_BSP_MAX_QUEUE_SIZE above the spans of a batch.',
  };
}

function endpoint({ url, transport, outcome }: EndpointFacts): Finding {
  const check = 'endpoint';
  const port = URL.canParse(url) ? new URL(url).port : '';
  if (outcome.kind !== 'answered' || outcome.status >= 400) {
    const mismatch = wrongPort(transport, port);
    if (mismatch !== undefined)
      return { check, verdict: 'problem', ...mismatch, found: `${url}: ${mismatch.found}` };
  }
  if (outcome.kind === 'connected') return { check, verdict: 'ok', found: `${url} takes gRPC connections` };
  if (outcome.kind === 'failed') {
    return {
      check,
      verdict: 'problem',
      found: `${url}: ${outcome.reason}`,
      fix: 'Start the collector or backend, or correct OTEL_EXPORTER_OTLP_ENDPOINT.',
    };
  }
  if (outcome.status < 300) return { check, verdict: 'ok', found: `${url} takes traces` };
  return {
    check,
    verdict: 'problem',
    found: `${url} answers ${outcome.status}`,
    fix: fixForStatus(outcome.status),
  };
}

function wrongPort(transport: 'grpc' | 'http', port: string): Pick<Finding, 'found' | 'fix'> | undefined {
  if (transport === 'http' && port === '4317') {
    return {
      found: 'HTTP is sent to 4317, the port of gRPC',
      fix: 'Use port 4318, or OTEL_EXPORTER_OTLP_PROTOCOL=grpc.',
    };
  }
  if (transport === 'grpc' && port === '4318') {
    return {
      found: 'gRPC is sent to 4318, the port of HTTP',
      fix: 'Use port 4317, or OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.',
    };
  }
  return undefined;
}

function fixForStatus(status: number): string {
  if (status === 401 || status === 403) return 'Check the key in OTEL_EXPORTER_OTLP_HEADERS.';
  if (status === 404)
    return 'Check the path: OTEL_EXPORTER_OTLP_ENDPOINT gets /v1/traces appended, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is taken as it is.';
  if (status === 415) return 'The backend does not take this encoding: change OTEL_EXPORTER_OTLP_PROTOCOL.';
  return 'Look at the log of the collector or backend.';
}
