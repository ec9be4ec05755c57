import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import type { InstalledPackage } from './installed-packages.ts';
import { admits, compareVersions, majorOf } from './version.ts';

/** The first version that enforces the limit of links: 2.6.0 keeps all of them. */
const FIRST_WITH_LINK_LIMIT = '2.6.1';

const API = '@opentelemetry/api';
const SDKS = ['@opentelemetry/sdk-trace', '@opentelemetry/sdk-trace-base'];

export function judgeInstallation(facts: Facts): Finding[] {
  return [nodeVersion(facts), api(facts), apiPeers(facts), sdk(facts), nest(facts)];
}

function nodeVersion({ node }: Facts): Finding {
  const check = 'Node.js';
  if (admits('^20.19.0 || >=22.0.0', node)) return { check, verdict: 'ok', found: node };
  return {
    check,
    verdict: 'problem',
    found: `${node} is older than this library and the current SDKs support`,
    fix: 'Update to Node.js 20.19, 22 or later.',
  };
}

function api({ packages, apiCopies, registeredBy }: Facts): Finding {
  const check = 'API copies';
  const copies = named(packages, API);
  if (copies[0] === undefined) {
    return {
      check,
      verdict: 'problem',
      found: `${API} is not installed where the application would find it`,
      fix: `npm install ${API}@1.9`,
    };
  }
  const versions = copies.map(({ version }) => version).join(', ');
  const cutOff = apiCopies?.filter(({ connected }) => !connected) ?? [];
  if (cutOff.length > 0) {
    return {
      check,
      verdict: 'problem',
      found: `spans made through ${cutOff.map(({ version, path }) => `${version} (${path})`).join(', ')} vanish: the SDK registered with ${registeredBy ?? 'another'}`,
      fix: `Bring every ${API} to one version, with an "overrides" entry if need be, then npm dedupe.`,
    };
  }
  if (copies.length === 1) return { check, verdict: 'ok', found: `one, ${versions}` };
  return {
    check,
    verdict: 'warning',
    found: `${copies.length} copies (${versions}); they agree today, but break if one is updated alone`,
    fix: `npm dedupe ${API}`,
  };
}

function apiPeers({ packages }: Facts): Finding {
  const check = 'API and SDK';
  const apiVersion = named(packages, API)[0]?.version;
  if (apiVersion === undefined) return notApplicable(check, `no ${API}`);
  const clash = packages.find(({ apiRange }) => apiRange !== undefined && !admits(apiRange, apiVersion));
  if (clash === undefined) return { check, verdict: 'ok', found: 'every package gets the API it asks for' };
  return {
    check,
    verdict: 'problem',
    found: `${clash.name} ${clash.version} asks for ${API} ${clash.apiRange}, and ${apiVersion} is installed`,
    fix: `npm install ${API}@"${clash.apiRange}", or the ${clash.name} that goes with ${apiVersion}.`,
  };
}

function sdk({ packages }: Facts): Finding {
  const check = 'SDK version';
  const copies = SDKS.flatMap((name) => named(packages, name));
  const [first] = copies;
  if (first === undefined) {
    return {
      check,
      verdict: 'problem',
      found: 'no OpenTelemetry tracing SDK is installed',
      fix: 'npm install @opentelemetry/sdk-node',
    };
  }
  const versions = [...new Set(copies.map(({ version }) => version))].sort(compareVersions);
  const majors = new Set(versions.map(majorOf));
  if (majors.size > 1) {
    return {
      check,
      verdict: 'warning',
      found: `${versions.join(' and ')} side by side: processors and samplers of one do not fit the other`,
      fix: 'Bring all @opentelemetry/sdk-* packages to one major version (npm ls @opentelemetry/sdk-trace-base).',
    };
  }
  const oldest = versions[0] ?? first.version;
  if (compareVersions(oldest, FIRST_WITH_LINK_LIMIT) < 0) {
    return {
      check,
      verdict: 'warning',
      found: `${oldest} keeps any number of links on a span; from ${FIRST_WITH_LINK_LIMIT} on it keeps the last 128`,
      fix: 'Build spans of many links with startFanIn before you update the SDK.',
    };
  }
  return { check, verdict: 'ok', found: versions.join(', ') };
}

function nest({ packages, loading }: Facts): Finding {
  const check = 'NestJS';
  const version = named(packages, '@nestjs/core')[0]?.version;
  if (version === undefined) return notApplicable(check, 'not installed');
  if (majorOf(version) < 12) return { check, verdict: 'ok', found: version };
  if (loading?.officialNest !== true) {
    return { check, verdict: 'ok', found: `${version}; its spans come from @span-links/tracing/nestjs` };
  }
  return {
    check,
    verdict: 'warning',
    found: `${version}, for which @opentelemetry/instrumentation-nestjs-core makes no spans: it supports NestJS below 12`,
    fix: 'Use @span-links/tracing/nestjs for spans of handlers and providers.',
  };
}

function named(packages: readonly InstalledPackage[], wanted: string): InstalledPackage[] {
  return packages.filter(({ name }) => name === wanted);
}

function notApplicable(check: string, found: string): Finding {
  return { check, verdict: 'not applicable', found };
}
