import type { IContainer } from 'kubernetes-models/v1/Container';
import type { KubernetesObject } from './kustomization.ts';
import { environmentOf, nameOf, workloadsIn, type Workload } from './pods.ts';

// A schema cannot check whether the objects of an overlay fit each other or whether pods follow this project's rules. These functions do.

/** The secrets in the README, each with the keys that it may have. */
export type DocumentedSecrets = Readonly<Record<string, readonly string[]>>;

type Labels = Record<string, string>;

/** The fields of all kinds that are checked here. */
interface Spec {
  selector?: Labels & { matchLabels?: Labels };
  podSelector?: { matchLabels?: Labels };
  ports?: { port: number; targetPort?: string | number }[];
  ingress?: { ports?: { port: number }[]; from?: { podSelector?: { matchLabels?: Labels } }[] }[];
  scaleTargetRef?: { kind: string; name: string };
  minReplicas?: number;
  maxReplicas?: number;
  replicas?: number;
  serviceName?: string;
  strategy?: { rollingUpdate?: { maxSurge?: number } };
}

const specOf = (object: KubernetesObject) => (object['spec'] ?? {}) as unknown as Spec;

/** Returns a sentence for each problem. */
export function crossCheck(objects: readonly KubernetesObject[], secrets: DocumentedSecrets): string[] {
  const workloads = workloadsIn(objects);
  return [
    ...repeated(objects),
    ...objects.flatMap((object) => lookups(object, objects, workloads)),
    ...workloads.flatMap((workload) => [
      ...podProblems(workload),
      ...workload.containers.flatMap((container) =>
        [
          ...containerProblems(container, workload),
          ...referenceProblems(container, objects, secrets),
          ...compositionProblems(container),
          ...stopProblems(container, workload, objects),
        ].map((problem) => `${nameOf(workload.object)}, container ${container.name}: ${problem}`),
      ),
    ]),
  ];
}

function repeated(objects: readonly KubernetesObject[]): string[] {
  const names = objects.map(nameOf);
  return names.filter((name, at) => names.indexOf(name) !== at).map((name) => `${name} is there twice`);
}

/** Checks references by labels or by name. */
function lookups(
  object: KubernetesObject,
  objects: readonly KubernetesObject[],
  workloads: readonly Workload[],
): string[] {
  const spec = specOf(object);
  const problems: string[] = [];
  const wrong = (sentence: string) => problems.push(`${nameOf(object)}: ${sentence}`);
  const selecting = (labels: Labels | undefined) =>
    workloads.filter(({ template }) => matches(template.metadata?.labels, labels));
  switch (object.kind) {
    case 'Service': {
      const pods = selecting(spec.selector);
      if (pods.length === 0) wrong('its selector matches no pods');
      for (const { targetPort } of spec.ports ?? [])
        if (!pods.some((pod) => hasPort(pod, targetPort))) wrong(`no pod has the port ${targetPort}`);
      break;
    }
    case 'PodDisruptionBudget':
      if (selecting(spec.selector?.matchLabels).length === 0) wrong('its selector matches no pods');
      break;
    case 'NetworkPolicy': {
      const pods = selecting(spec.podSelector?.matchLabels);
      if (pods.length === 0) wrong('its selector matches no pods');
      for (const { ports = [], from = [] } of spec.ingress ?? []) {
        for (const { port } of ports)
          if (!pods.some((pod) => hasPort(pod, port))) wrong(`no pod has the port ${port}`);
        for (const { podSelector } of from)
          if (selecting(podSelector?.matchLabels).length === 0)
            wrong(`lets in ${JSON.stringify(podSelector)}, which are no pods`);
      }
      break;
    }
    case 'HorizontalPodAutoscaler': {
      const target = objects.find(({ kind, metadata }) =>
        [spec.scaleTargetRef?.kind === kind, spec.scaleTargetRef?.name === metadata.name].every(Boolean),
      );
      if (target === undefined) wrong('its target does not exist');
      else if (specOf(target).replicas !== undefined) wrong('its target has replicas of its own');
      break;
    }
    case 'StatefulSet':
      if (!objects.some(({ kind, metadata }) => kind === 'Service' && metadata.name === spec.serviceName))
        wrong(`there is no Service ${spec.serviceName}`);
  }
  return problems;
}

function matches(labels: Labels | undefined, selector: Labels | undefined): boolean {
  return Object.entries(selector ?? {}).every(([key, value]) => labels?.[key] === value);
}

function hasPort({ containers }: Workload, port: string | number | undefined): boolean {
  return containers.some(({ ports = [] }) =>
    ports.some(({ name, containerPort }) => name === port || containerPort === port),
  );
}

function podProblems({ object, template }: Workload): string[] {
  const problems: string[] = [];
  const { spec, metadata } = template;
  const wrong = (sentence: string) => problems.push(`${nameOf(object)}: ${sentence}`);
  const { selector } = specOf(object);
  // Kubernetes creates the selector of a Job.
  if (!object.kind.endsWith('Job') && selector?.matchLabels === undefined) wrong('it has no selector');
  if (!matches(metadata?.labels, selector?.matchLabels)) wrong('its selector does not match its own pods');
  for (const { labelSelector } of spec?.topologySpreadConstraints ?? [])
    if (!matches(metadata?.labels, labelSelector?.matchLabels)) wrong('it spreads pods of others');
  if (spec?.automountServiceAccountToken !== false) wrong('its pods get a token for the cluster');
  if (spec?.enableServiceLinks !== false) wrong('its pods get variables that look like settings');
  if (spec?.securityContext?.runAsNonRoot !== true) wrong('its pods may run as root');
  if (!spec?.securityContext?.runAsUser) wrong('its pods have no user');
  if (spec?.securityContext?.seccompProfile?.type !== 'RuntimeDefault') wrong('it has no seccomp profile');
  return problems;
}

function containerProblems(container: IContainer, { serves }: Workload): string[] {
  const problems: string[] = [];
  const { image = '', resources, securityContext: security } = container;
  if (!/:[\w.-]*\d+\.\d+[\w.-]*$/.test(image)) problems.push(`the image ${image} has no version`);
  for (const kind of ['requests', 'limits'] as const)
    for (const resource of ['cpu', 'memory'])
      if (resources?.[kind]?.[resource] === undefined) problems.push(`there are no ${kind} of ${resource}`);
  if (security?.allowPrivilegeEscalation !== false) problems.push('it may gain privileges');
  if (security?.readOnlyRootFilesystem !== true) problems.push('it may write to its image');
  if (security?.capabilities?.drop?.join() !== 'ALL') problems.push('it keeps capabilities');
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
    const port = container[probe]?.httpGet?.port;
    if (serves && container[probe] === undefined) problems.push(`there is no ${probe}`);
    if (port !== undefined && !container.ports?.some(({ name }) => name === port))
      problems.push(`the ${probe} asks at the port ${port}, which it does not have`);
  }
  return problems;
}

function referenceProblems(
  container: IContainer,
  objects: readonly KubernetesObject[],
  secrets: DocumentedSecrets,
): string[] {
  const problems: string[] = [];
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (secretRef) problems.push('it takes a whole secret; it is to name the keys');
    if (!objects.some((o) => o.kind === 'ConfigMap' && o.metadata.name === configMapRef?.name))
      problems.push(`there is no ConfigMap ${configMapRef?.name}`);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { name: secret = '', key = '' } = valueFrom?.secretKeyRef ?? {};
    if (valueFrom?.secretKeyRef && !secrets[secret]?.includes(key))
      problems.push(`the README tells nothing of the secret ${secret} with the key ${key}`);
    if (value !== undefined && /PASSWORD|TOKEN|HEADERS|_URL$/.test(name))
      problems.push(`${name} is to come from a secret`);
  }
  return problems;
}

/** Kubernetes replaces $(NAME) only if NAME is defined above. */
function compositionProblems({ env = [] }: IContainer): string[] {
  return env.flatMap(({ value = '' }, at) => {
    const above = new Set(env.slice(0, at).map(({ name }) => name));
    const asked = [...value.matchAll(/\$\((\w+)\)/g)].map(([, name]) => name!);
    return asked.filter((name) => !above.has(name)).map((name) => `$(${name}) is not known at its place`);
  });
}

/** The cluster must not kill a pod that is still stopping, and must not give up on a pod that still waits for its database. */
function stopProblems(
  container: IContainer,
  { template, serves }: Workload,
  objects: readonly KubernetesObject[],
): string[] {
  const problems: string[] = [];
  const environment = environmentOf(container, objects);
  const { startupProbe, lifecycle, command = [] } = container;
  if (!serves || command[0] !== 'node') return problems;
  const pauseMs = Number(lifecycle?.preStop?.exec?.command?.[1] ?? 0) * 1_000;
  const neededMs = pauseMs + Number(environment['STOP_DEADLINE_MS'] ?? 8_000) + 1_000;
  if ((template.spec?.terminationGracePeriodSeconds ?? 30) * 1_000 < neededMs)
    problems.push(`an orderly stop takes up to ${neededMs} ms`);
  const patienceMs = (startupProbe?.periodSeconds ?? 10) * (startupProbe?.failureThreshold ?? 3) * 1_000;
  const startMs = Number(environment['DATABASE_CONNECT_TIMEOUT_MS'] ?? 30_000) + 10_000;
  if (patienceMs < startMs) problems.push(`a start takes up to ${startMs} ms`);
  return problems;
}

/** Returns the maximum of connections that all pods of an overlay open to Postgres at once, during a roll-out. */
export function connectionsAtMost(objects: readonly KubernetesObject[]): number {
  return workloadsIn(objects)
    .map(({ object, containers }) => {
      const { replicas = 1, strategy } = specOf(object);
      const scaler = objects.find(
        (o) =>
          o.kind === 'HorizontalPodAutoscaler' && specOf(o).scaleTargetRef?.name === object.metadata.name,
      );
      const pods =
        (scaler ? specOf(scaler).maxReplicas! : replicas) + (strategy?.rollingUpdate?.maxSurge ?? 0);
      return pods * Math.max(...containers.map((container) => connectionsOf(container, objects)));
    })
    .reduce((sum, connections) => sum + connections, 0);
}

// The explorer's pools have a fixed size: 2 writers, 8 readers, 2 keepers. A migration needs 2.
const EXPLORER_CONNECTIONS = 12;
const MIGRATION_CONNECTIONS = 2;
// A pool of three and a listener.
const PG_BOSS_CONNECTIONS = 4;

function connectionsOf(container: IContainer, objects: readonly KubernetesObject[]): number {
  const entry = container.command?.at(-1) ?? '';
  if (container.command?.[0] !== 'node') return 0;
  if (entry.endsWith('/migrate.js')) return MIGRATION_CONNECTIONS;
  if (entry.includes('/trace-explorer/')) return EXPLORER_CONNECTIONS;
  const environment = environmentOf(container, objects);
  const hasPgBoss = entry.includes('/orders-fulfilment/') && environment['MESSAGING_TRANSPORT'] === 'pg-boss';
  return Number(environment['DATABASE_POOL_SIZE'] ?? 10) + (hasPgBoss ? PG_BOSS_CONNECTIONS : 0);
}
