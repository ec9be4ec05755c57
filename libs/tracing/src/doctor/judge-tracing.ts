import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

/** The default of the SDK, the maximum of several backends, and the size at which startFanIn splits. */
const DEFAULT_LIMIT = 128;

export function judgeTracing(facts: Facts): Finding[] {
  const first = provider(facts);
  if (first.verdict !== 'ok') return [first];
  return [first, context(facts), linkLimit(facts), linkAttributes(facts), sampler(facts), propagator(facts)];
}

function provider({ registeredBy, provider: name, environment, mode }: Facts): Finding {
  const check = 'tracer provider';
  if (environment.sdkDisabled) {
    return {
      check,
      verdict: 'warning',
      found: 'OTEL_SDK_DISABLED=true: no span is made, no carrier stored, no link built',
      fix: 'Unset OTEL_SDK_DISABLED.',
    };
  }
  if (registeredBy !== undefined) {
    return { check, verdict: 'ok', found: `${name ?? 'unnamed'}, registered with API ${registeredBy}` };
  }
  if (environment.tracesExporter === 'none') {
    return {
      check,
      verdict: 'warning',
      found: 'OTEL_TRACES_EXPORTER=none: the SDK registers none, and every span is a no-op',
      fix: 'Unset OTEL_TRACES_EXPORTER, or set it to otlp.',
    };
  }
  const missing = 'none is registered: every span is a no-op';
  return {
    check,
    verdict: 'problem',
    found: mode === 'app' ? `${missing}, with the application running` : missing,
    fix:
      mode === 'app'
        ? 'Start the SDK before the application: node --import @span-links/tracing/register app.js'
        : 'Name your start-up with --import or --require, or the application that contains it with --app.',
  };
}

function context(facts: Facts): Finding {
  const check = 'context';
  if (facts.context === undefined) return unknown(check);
  const { acrossAwait, acrossTimers } = facts.context;
  if (acrossAwait && acrossTimers) return { check, verdict: 'ok', found: 'carried across await and timers' };
  return {
    check,
    verdict: 'problem',
    found: `lost across ${acrossAwait ? 'timers' : 'await'}: spans do not find their parents`,
    fix: 'Register an AsyncLocalStorageContextManager; NodeSDK.start() and @span-links/tracing/register do.',
  };
}

function linkLimit({ links, environment }: Facts): Finding {
  const check = 'link limit';
  if (links === undefined) return unknown(check, 'no span is recorded');
  const wanted = environment.linkLimit === undefined ? undefined : Number(environment.linkLimit);
  const inForce = links.kept === links.given ? `${links.given} of ${links.given} kept` : `${links.kept}`;
  if (wanted !== undefined && Math.min(wanted, links.given) !== links.kept) {
    return {
      check,
      verdict: 'problem',
      found: `OTEL_SPAN_LINK_COUNT_LIMIT=${environment.linkLimit} is not in force: ${inForce}`,
      fix: 'Code sets spanLimits, or builds a provider that does not read the variable: pass spanLimits.linkCountLimit there.',
    };
  }
  if (links.kept < DEFAULT_LIMIT) {
    return {
      check,
      verdict: 'problem',
      found: `${links.kept}, below the ${DEFAULT_LIMIT} at which startFanIn splits: ${links.dropped} of ${links.given} links were dropped`,
      fix: `Raise the limit to ${DEFAULT_LIMIT}, or pass linkLimit: ${links.kept} to startFanIn.`,
    };
  }
  const beyond =
    links.kept === DEFAULT_LIMIT
      ? 'beyond it the oldest go, silently; startFanIn splits'
      : `some backends keep ${DEFAULT_LIMIT} whatever is sent`;
  return { check, verdict: 'ok', found: `${inForce}; ${beyond}` };
}

function linkAttributes({ links, environment }: Facts): Finding {
  const check = 'link attributes';
  if (links === undefined || links.kept === 0) return unknown(check, 'no link is kept');
  const { attributesKept, attributesGiven } = links;
  const found =
    attributesKept === attributesGiven
      ? `${attributesGiven} of ${attributesGiven} kept`
      : `${attributesKept} a link`;
  const wanted =
    environment.attributesPerLink === undefined ? undefined : Number(environment.attributesPerLink);
  if (wanted !== undefined && Math.min(wanted, attributesGiven) !== attributesKept) {
    return {
      check,
      verdict: 'warning',
      found: `${found}, although the environment says ${environment.attributesPerLink}`,
      fix: 'Pass spanLimits.attributePerLinkCountLimit to the provider; not every SDK reads the variable.',
    };
  }
  if (attributesKept >= 8) return { check, verdict: 'ok', found };
  return {
    check,
    verdict: 'warning',
    found: `${found}: relation, message id and source count may not fit`,
    fix: 'Raise OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT.',
  };
}

function sampler(facts: Facts): Finding {
  const check = 'sampler';
  if (facts.sampler === undefined) return unknown(check);
  const { description = 'unnamed', trials, keptWithoutLinks, keptWithSampledLinks } = facts.sampler;
  const name = /^ParentBased\{root=(.*?), remoteParent/.exec(description)?.[1] ?? description;
  if (keptWithSampledLinks === trials && !/^TraceIdRatioBased\{0\./.test(name)) {
    return { check, verdict: 'ok', found: `${name}: a root whose links are sampled is kept` };
  }
  if (keptWithSampledLinks === 0 && keptWithoutLinks === 0 && !/ratio/i.test(name)) {
    return {
      check,
      verdict: 'problem',
      found: `${name}: of ${2 * trials} roots none was kept`,
      fix: 'Look at OTEL_TRACES_SAMPLER, or at the sampler that your start-up passes.',
    };
  }
  return {
    check,
    verdict: 'warning',
    found: `${name}: kept ${keptWithSampledLinks} of ${trials} roots whose links were sampled; a batch is lost although its sources are there`,
    fix: 'Use LinkSampler of @span-links/tracing/sampler as the root sampler, with yours as its fallback.',
  };
}

function propagator({ propagation }: Facts): Finding {
  const check = 'propagator';
  const fix = 'Leave OTEL_PROPAGATORS unset, or add tracecontext to it.';
  if (propagation === undefined || propagation.fields.length === 0) {
    return { check, verdict: 'problem', found: 'none: the next service starts a trace of its own', fix };
  }
  const fields = propagation.fields.join(', ');
  if (!propagation.writesTraceparent) {
    return { check, verdict: 'warning', found: `writes ${fields}, and no traceparent`, fix };
  }
  const baggage = propagation.fields.includes('baggage') ? ' (baggage is not stored in carriers)' : '';
  return { check, verdict: 'ok', found: `${fields}${baggage}` };
}

function unknown(check: string, why = 'could not be observed'): Finding {
  return { check, verdict: 'not applicable', found: why };
}
