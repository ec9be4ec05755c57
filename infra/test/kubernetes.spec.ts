import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { settingsOf, startWithoutDatabase } from './app-processes.ts';
import { connectionsAtMost, crossCheck, type DocumentedSecrets } from './cross-checks.ts';
import { schemaProblems } from './kubernetes-schema.ts';
import { buildKustomization, type KubernetesObject } from './kustomization.ts';
import { environmentOf, nameOf, workloadsIn } from './pods.ts';

const FOLDER = fileURLToPath(new URL('../kubernetes/', import.meta.url));
const OVERLAYS = ['local', 'local-kafka', 'production'];
const build = (overlay: string) => buildKustomization(`${FOLDER}overlays/${overlay}`);
const secrets = documentedSecrets(readFileSync(`${FOLDER}README.md`, 'utf8'));

// By default Postgres accepts 100 connections and reserves three for its superuser.
const MAX_CONNECTIONS = 97;

/** Reads the rows of the README's table: | `name` | `KEY`, `KEY` | … */
function documentedSecrets(readme: string): DocumentedSecrets {
  const rows = readme.matchAll(/^\| `(span-links-[\w-]+)`\s*\|([^|]+)\|/gm);
  return Object.fromEntries(
    [...rows].map(([, name, keys]) => [name!, [...keys!.matchAll(/`(\w+)`/g)].map(([, key]) => key!)]),
  );
}

const byName = (objects: KubernetesObject[]) =>
  Object.fromEntries(objects.map((object) => [nameOf(object), object]));

/** Returns undefined if kubectl is missing or too old for components (before 1.21). */
function kubectlKustomize(overlay: string): KubernetesObject[] | undefined {
  const options: ExecFileSyncOptionsWithStringEncoding = {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  };
  try {
    const version = JSON.parse(execFileSync('kubectl', ['version', '--client', '-o', 'json'], options)) as {
      clientVersion: { minor: string };
    };
    if (Number.parseInt(version.clientVersion.minor, 10) < 21) return undefined;
  } catch {
    return undefined;
  }
  const text = execFileSync('kubectl', ['kustomize', `${FOLDER}overlays/${overlay}`], options);
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
}

describe.each(OVERLAYS)('the overlay %s', (overlay) => {
  it('gives the same objects as kubectl', ({ skip }) => {
    const theirs = kubectlKustomize(overlay);
    if (theirs === undefined) skip('there is no kubectl 1.21 or later');
    const ours = build(overlay);
    expect(byName(ours)).toEqual(byName(theirs!));
    expect(ours).toHaveLength(theirs!.length);
  });

  it('fits together', () => {
    expect(crossCheck(build(overlay), secrets)).toEqual([]);
  });

  it('puts all objects into the namespace', () => {
    for (const { kind, metadata } of build(overlay))
      expect(kind === 'Namespace' ? metadata.name : metadata.namespace).toBe('span-links');
  });

  it('needs no more connections than a Postgres has', () => {
    expect(connectionsAtMost(build(overlay))).toBeLessThanOrEqual(MAX_CONNECTIONS);
  });
});

const processes = OVERLAYS.flatMap((overlay) => {
  const objects = build(overlay);
  return workloadsIn(objects).flatMap(({ object, containers }) =>
    containers
      .filter(({ command }) => command?.[0] === 'node')
      .map((container) => ({
        title: `${nameOf(object)} (${overlay})`,
        container,
        environment: environmentOf(container, objects),
      })),
  );
});

describe.each(processes)('$title', ({ container, environment }) => {
  it('gets only variables that the app reads', async () => {
    const settings = await settingsOf(container);
    const composed = container.env?.map(({ value = '' }) => value).join() ?? '';
    const unknown = Object.keys(environment).filter(
      (name) => !settings.has(name) && !composed.includes(`$(${name})`),
    );
    expect(unknown).toEqual([]);
  });

  it('starts with their values until it needs the database', async () => {
    const said = await startWithoutDatabase(container, environment);
    expect(said).toContain('did not answer within 100 ms');
    expect(said).not.toMatch(/it must be|using the default|could not be started/);
    if (container.command?.includes('--import'))
      expect(said).toContain(`to otlp http/protobuf ${environment['OTEL_EXPORTER_OTLP_ENDPOINT']}/v1/traces`);
  });
});

describe('the Postgres of the overlay local', () => {
  it('has the same image as in the compose project', () => {
    const compose = readFileSync(`${FOLDER}../docker/compose.yaml`, 'utf8');
    const [, image] = /image: (postgres:\S+)/.exec(compose) ?? [];
    const pods = workloadsIn(build('local')).flatMap(({ containers }) => containers);
    expect(pods.find(({ name }) => name === 'postgres')?.image).toBe(image);
  });
});

describe('the reader of kustomizations', () => {
  const head = 'kind: Kustomization\n';
  it.each([
    ['an unknown field', 'nameSuffix: -x', 'cannot read the field nameSuffix'],
    ['a tag that is a number', 'images: [{ name: postgres, newTag: 17.11 }]', 'the tag 17.11 is no text'],
    [
      'a patch of a missing object',
      'patches: [{ target: { kind: Deployment, name: x }, patch: "[]" }]',
      'no Deployment x to patch',
    ],
    [
      'an unsupported patch operation',
      'resources: [a.yaml]\npatches: [{ target: { kind: A, name: a }, patch: "[{ op: remove, path: /spec }]" }]',
      'cannot do remove',
    ],
    [
      'a missing path',
      'resources: [a.yaml]\npatches: [{ target: { kind: A, name: a }, patch: "[{ op: replace, path: /spec, value: 1 }]" }]',
      'nothing to replace at /spec',
    ],
    ['a missing resource', 'resources: [b.yaml]', 'b.yaml'],
  ])('refuses %s', (_title, text, problem) => {
    const folder = mkdtempSync(join(tmpdir(), 'kustomization-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'a.yaml'), 'kind: A\nmetadata: { name: a }\n');
    writeFileSync(join(folder, 'kustomization.yaml'), head + text);
    expect(() => buildKustomization(folder)).toThrow(problem);
  });
});

// Each test changes one object of a copy, because a check that cannot fail proves nothing.
type Change = (object: never) => void;
interface Container {
  [field: string]: unknown;
  env: { name: string; value?: string; valueFrom?: { secretKeyRef?: { key: string } } }[];
  envFrom: { configMapRef: { name: string } }[];
  resources: { limits: Record<string, unknown> };
  securityContext: Record<string, unknown>;
  ports: { name: string; containerPort: unknown }[];
}
interface Pods {
  spec: {
    [field: string]: unknown;
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: [Container] } & Record<string, unknown>;
    };
  };
}
const inPod = (change: (spec: Pods['spec']['template']['spec']) => void) => (object: Pods) =>
  change(object.spec.template.spec);
const inContainer = (change: (container: Container) => void) =>
  inPod(({ containers }) => change(containers[0]));

function changed(name: string, change: Change): { objects: KubernetesObject[]; at: number } {
  const objects = build(name.includes('CronJob') || name.includes('Stateful') ? 'local' : 'production');
  const at = objects.findIndex((object) => nameOf(object) === name);
  change(objects[at] as never);
  return { objects, at };
}

describe('the schemas', () => {
  const mutations: [string, string, Change, RegExp][] = [
    [
      'a misspelt field of a Deployment',
      'Deployment orders-api',
      (o: Pods) => (o.spec['replica'] = 1),
      /'"replica"' does not exist/,
    ],
    [
      'a misspelt field of a container',
      'Deployment orders-api',
      inContainer((container) => (container['readynessProbe'] = {})),
      /'"readynessProbe"' does not exist/,
    ],
    [
      'a misspelt field in a CronJob',
      'CronJob orders-batch',
      (o: { spec: { jobTemplate: { spec: Record<string, unknown> } } }) =>
        (o.spec.jobTemplate.spec['backOffLimit'] = 0),
      /'"backOffLimit"' does not exist/,
    ],
    [
      'a port that is text',
      'Deployment orders-api',
      inContainer(({ ports }) => (ports[0]!.containerPort = 'http')),
      /containerPort must be integer/,
    ],
    [
      'a value that is none of an enum',
      'CronJob orders-batch',
      (o: { spec: Record<string, unknown> }) => (o.spec['concurrencyPolicy'] = 'Never'),
      /concurrencyPolicy must be equal to one of the allowed values/,
    ],
    [
      'a missing field',
      'HorizontalPodAutoscaler orders-api',
      (o: { spec: Record<string, unknown> }) => delete o.spec['maxReplicas'],
      /maxReplicas/,
    ],
    [
      'a quantity that is none',
      'Deployment orders-api',
      inContainer(({ resources }) => (resources.limits['memory'] = ['512Mi'])),
      /memory/,
    ],
    [
      'a variable that is a number',
      'ConfigMap orders-api',
      (o: { data: Record<string, unknown> }) => (o.data['PORT'] = 3000),
      /PORT must be string/,
    ],
    [
      'an API version that is gone',
      'PodDisruptionBudget orders-api',
      (o: KubernetesObject) => (o.apiVersion = 'policy/v1beta1'),
      /policy\/v1beta1 may be taken away/,
    ],
    [
      'a kind that is none',
      'PodDisruptionBudget orders-api',
      (o: KubernetesObject) => (o.kind = 'PodBudget'),
      /there is no PodBudget in policy\/v1/,
    ],
  ];
  const overlays = OVERLAYS.map((overlay) => build(overlay));
  const mutants = mutations.map(([, name, change]) => {
    const { objects, at } = changed(name, change);
    return objects[at]!;
  });
  let problems: string[][] = [];

  // Checks all at once, because the declarations of Kubernetes take most of the time.
  beforeAll(async () => {
    problems = await schemaProblems([...overlays.flat(), ...mutants]);
  });

  it('accept every object of every overlay', () => {
    const objects = overlays.flat();
    expect(
      problems
        .slice(0, objects.length)
        .flatMap((list, at) => list.map((problem) => [nameOf(objects[at]!), problem])),
    ).toEqual([]);
  });

  it.each(mutations.map(([title, , , problem], at) => [title, problem, at] as const))(
    'refuse %s',
    (_title, problem, at) => {
      expect(problems[overlays.flat().length + at]!.join('\n')).toMatch(problem);
    },
  );
});

describe('the cross-checks', () => {
  it.each<[string, string, Change, RegExp]>([
    [
      'a selector that misses its pods',
      'Deployment orders-api',
      ({ spec }: Pods) => (spec.selector.matchLabels['app.kubernetes.io/name'] = 'orders'),
      /does not match its own pods/,
    ],
    [
      'a Service for nobody',
      'Service orders-api',
      (o: { spec: { selector: object } }) => (o.spec.selector = { app: 'x' }),
      /Service orders-api: its selector matches no pods/,
    ],
    [
      'a Service to a port that is not there',
      'Deployment orders-api',
      inContainer(({ ports }) => (ports[0]!.name = 'web')),
      /no pod has the port http/,
    ],
    [
      'a probe of a port that is not there',
      'Deployment orders-api',
      inContainer(({ ports }) => (ports[0]!.name = 'web')),
      /the livenessProbe asks at the port http/,
    ],
    [
      'a policy for nobody',
      'NetworkPolicy to-orders-api',
      (o: { spec: { podSelector: object } }) => (o.spec.podSelector = { matchLabels: { app: 'x' } }),
      /NetworkPolicy to-orders-api: its selector/,
    ],
    [
      'a disruption budget for nobody',
      'PodDisruptionBudget orders-api',
      (o: Pods) => (o.spec.selector.matchLabels = { app: 'x' }),
      /PodDisruptionBudget orders-api: its selector/,
    ],
    [
      'an autoscaler of nothing',
      'HorizontalPodAutoscaler orders-api',
      (o: { spec: { scaleTargetRef: { name: string } } }) => (o.spec.scaleTargetRef.name = 'x'),
      /its target does not exist/,
    ],
    [
      'an autoscaler against fixed replicas',
      'Deployment orders-api',
      ({ spec }: Pods) => (spec['replicas'] = 2),
      /has replicas of its own/,
    ],
    [
      'a StatefulSet without its Service',
      'StatefulSet postgres',
      ({ spec }: Pods) => (spec['serviceName'] = 'x'),
      /there is no Service x/,
    ],
    [
      'the tag latest',
      'Deployment orders-api',
      inContainer((c) => (c['image'] = 'span-links:latest')),
      /has no version/,
    ],
    [
      'no tag',
      'Deployment orders-api',
      inContainer((c) => (c['image'] = 'registry.example.com:5000/span-links')),
      /has no version/,
    ],
    [
      'a missing limit',
      'Deployment orders-batch',
      inContainer(({ resources }) => delete resources.limits['memory']),
      /no limits of memory/,
    ],
    [
      'a missing probe',
      'Deployment orders-batch',
      inContainer((c) => delete c['readinessProbe']),
      /there is no readinessProbe/,
    ],
    [
      'root',
      'Deployment orders-batch',
      inPod((spec) => (spec['securityContext'] = { runAsNonRoot: true, runAsUser: 0 })),
      /have no user/,
    ],
    [
      'root by default',
      'Deployment orders-batch',
      inPod((spec) => delete spec['securityContext']),
      /may run as root/,
    ],
    [
      'a writable image',
      'Deployment orders-batch',
      inContainer(({ securityContext }) => delete securityContext['readOnlyRootFilesystem']),
      /may write to its image/,
    ],
    [
      'capabilities',
      'Deployment orders-batch',
      inContainer(({ securityContext }) => delete securityContext['capabilities']),
      /keeps capabilities/,
    ],
    [
      'a token for the cluster',
      'Deployment orders-batch',
      inPod((spec) => delete spec['automountServiceAccountToken']),
      /token for the cluster/,
    ],
    [
      'variables of the Services',
      'Deployment orders-batch',
      inPod((spec) => delete spec['enableServiceLinks']),
      /look like settings/,
    ],
    [
      'a ConfigMap that is not there',
      'Deployment orders-batch',
      inContainer(({ envFrom }) => (envFrom[0]!.configMapRef.name = 'trace')),
      /there is no ConfigMap trace/,
    ],
    [
      'a secret that the README does not tell of',
      'Deployment orders-batch',
      inContainer(
        ({ env }) => (env.find(({ name }) => name === 'DATABASE_URL')!.valueFrom!.secretKeyRef!.key = 'URL'),
      ),
      /the README tells nothing of the secret span-links-database with the key URL/,
    ],
    [
      'a secret in the open',
      'Deployment orders-batch',
      inContainer(({ env }) => env.push({ name: 'EXPLORER_TOKEN', value: 'x' })),
      /is to come from a secret/,
    ],
    [
      'a value composed too early',
      'Deployment orders-batch',
      inContainer(({ env }) => env.reverse()),
      /\$\(K8S_POD_NAME\) is not known/,
    ],
    [
      'a stop that is cut short',
      'Deployment orders-batch',
      inPod((spec) => (spec['terminationGracePeriodSeconds'] = 10)),
      /an orderly stop takes up to 16000 ms/,
    ],
    [
      'a start that is cut short',
      'Deployment orders-batch',
      inContainer((c) => ((c['startupProbe'] as { failureThreshold: number }).failureThreshold = 10)),
      /a start takes up to 40000 ms/,
    ],
  ])('refuse %s', (_title, name, change, problem) => {
    expect(crossCheck(changed(name, change).objects, secrets).join('\n')).toMatch(problem);
  });

  it('count the connections', () => {
    const { objects } = changed(
      'HorizontalPodAutoscaler orders-api',
      (o: { spec: { maxReplicas: number } }) => (o.spec.maxReplicas = 8),
    );
    expect(connectionsAtMost(objects)).toBe(connectionsAtMost(build('production')) + 30);
  });

  it('refuse a variable that no app reads', async () => {
    const { container } = processes.find(({ title }) => title.includes('orders-batch (production)'))!;
    const settings = await settingsOf(container);
    expect([
      settings.has('BATCH_SIZE'),
      settings.has('BATCHSIZE'),
      settings.has('OTEL_TRACES_SAMPLER'),
    ]).toEqual([true, false, true]);
  });

  it('refuse a value that an app refuses', async () => {
    const { container, environment } = processes.find(({ title }) =>
      title.includes('orders-batch (production)'),
    )!;
    expect(await startWithoutDatabase(container, { ...environment, BATCH_SIZE: 'many' })).toContain(
      'it must be',
    );
  });
});
