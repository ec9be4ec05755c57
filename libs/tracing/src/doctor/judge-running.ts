import type { Ending, Facts, LoadingFacts, Patched } from './facts.ts';
import type { Finding } from './finding.ts';

const LOAD_FIRST =
  'Load the start-up first, with node --import (or --require), and import nothing of the application in it.';

export function judgeRunning(facts: Facts, ending: Ending | undefined): Finding[] {
  if (facts.registeredBy === undefined) return [];
  return [loadOrder(facts), http(facts), esModules(facts), pg(facts), sigterm(facts, ending)];
}

function loadOrder({ loading }: Facts): Finding {
  const check = 'load order';
  if (loading === undefined) return { check, verdict: 'not applicable', found: 'could not be observed' };
  const missed = loading.beforeRegistration.filter((name) => loading.patched[name] !== 'yes');
  if (missed.length > 0) {
    return {
      check,
      verdict: 'problem',
      found: `${missed.join(', ')} loaded before the SDK, and not instrumented`,
      fix: LOAD_FIRST,
    };
  }
  if (loading.beforeRegistration.length > 0) {
    return {
      check,
      verdict: 'warning',
      found: `${loading.beforeRegistration.join(', ')} loaded before the SDK: instrumented only where it is required again`,
      fix: LOAD_FIRST,
    };
  }
  const instrumented = namesThat(loading, 'yes').join(', ');
  const found = `the SDK comes first${instrumented === '' ? '' : `; instrumented: ${instrumented}`}`;
  return { check, verdict: 'ok', found };
}

function http({ loading }: Facts): Finding {
  const check = 'http';
  if (loading === undefined) return { check, verdict: 'not applicable', found: 'could not be observed' };
  if (loading.http !== 'no') return { check, verdict: 'ok', found: 'instrumented' };
  return {
    check,
    verdict: 'warning',
    found: 'not instrumented: requests do not read or write a traceparent',
    fix: 'Add @opentelemetry/instrumentation-http to the start-up, or take @span-links/tracing/register.',
  };
}

function esModules({ loading, moduleType }: Facts): Finding {
  const check = 'ES modules';
  if (moduleType === 'commonjs' || loading === undefined) {
    return { check, verdict: 'not applicable', found: 'a CommonJS project' };
  }
  const bypassed = [
    ...(loading.http === 'when required' ? ['http'] : []),
    ...namesThat(loading, 'when required'),
  ];
  if (bypassed.length === 0) return { check, verdict: 'ok', found: 'import passes by no instrumentation' };
  return {
    check,
    verdict: 'warning',
    found: `${bypassed.join(', ')}: instrumented where it is required, not where it is imported`,
    fix: 'Register the hook in the start-up (@opentelemetry/instrumentation/hook.mjs), or load these with createRequire.',
  };
}

function namesThat({ patched }: LoadingFacts, wanted: Patched): string[] {
  return Object.keys(patched).filter((name) => patched[name] === wanted);
}

function pg(facts: Facts): Finding {
  const check = 'pg';
  if (facts.pg === undefined)
    return { check, verdict: 'not applicable', found: 'not instrumented, or not used' };
  if (!facts.pg.spanWithoutParent)
    return { check, verdict: 'ok', found: 'queries without a parent make no span' };
  return {
    check,
    verdict: 'warning',
    found: 'a query without a parent starts a trace: each poll of a queue leaves one',
    fix: 'Give the pg instrumentation requireParentSpan: true (and ignoreConnectSpans: true).',
  };
}

function sigterm({ mode }: Facts, ending: Ending | undefined): Finding {
  const check = 'SIGTERM';
  if (ending === undefined) return { check, verdict: 'not applicable', found: 'not on this system' };
  if (!ending.died) {
    return {
      check,
      verdict: mode === 'app' ? 'problem' : 'warning',
      found:
        mode === 'app'
          ? `the application is ${ending.how}`
          : `the start-up takes the signal and does not exit (${ending.how}): an application without a handler lives on`,
      fix: 'Handle SIGTERM in the application and end there, or take @span-links/tracing/register.',
    };
  }
  if (ending.flushed) return { check, verdict: 'ok', found: `spans are sent, then it ends (${ending.how})` };
  return {
    check,
    verdict: 'warning',
    found: `ends without a flush (${ending.how}): the spans of the last seconds are lost`,
    fix: 'Call the shutdown() of the SDK in a SIGTERM handler, or take @span-links/tracing/register.',
  };
}
