import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import type { KubernetesObject } from './kustomization.ts';

/** An object that creates pods. */
export interface Workload {
  readonly object: KubernetesObject;
  readonly template: IPodTemplateSpec;
  readonly containers: readonly IContainer[];
  /** True if its pods run until they are stopped. */
  readonly serves: boolean;
}

interface WorkloadSpec {
  template: IPodTemplateSpec;
  jobTemplate: { spec: { template: IPodTemplateSpec } };
}

/** Returns the objects that create pods, in their order. */
export function workloadsIn(objects: readonly KubernetesObject[]): Workload[] {
  return objects.flatMap((object) => {
    const template = templateOf(object);
    if (template === undefined) return [];
    const containers = [...(template.spec?.initContainers ?? []), ...(template.spec?.containers ?? [])];
    return [{ object, template, containers, serves: !object.kind.endsWith('Job') }];
  });
}

function templateOf(object: KubernetesObject): IPodTemplateSpec | undefined {
  const spec = object['spec'] as unknown as WorkloadSpec;
  switch (object.kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'Job':
      return spec.template;
    case 'CronJob':
      return spec.jobTemplate.spec.template;
    default:
      return undefined;
  }
}

/** Returns the name of an object for sentences. */
export function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name}`;
}

/** Returns the variables that a container gets from `envFrom` and `env`. A value from the cluster is undefined. */
export function environmentOf(
  container: IContainer,
  objects: readonly KubernetesObject[],
): Record<string, string | undefined> {
  const environment: Record<string, string | undefined> = {};
  for (const { configMapRef } of container.envFrom ?? []) {
    const map = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef?.name,
    );
    Object.assign(environment, map?.['data']);
  }
  for (const { name, value } of container.env ?? []) environment[name] = value;
  return environment;
}
