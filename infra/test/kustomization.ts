import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, parse } from 'yaml';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = Record<string, Json>;

/** An object in the output of kustomize. */
export interface KubernetesObject extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
}

interface Kustomization {
  resources?: string[];
  components?: string[];
  namespace?: string;
  images?: { name: string; newName?: string; newTag?: string }[];
  patches?: { target: { kind: string; name: string }; patch: string }[];
}

interface PatchStep {
  op: string;
  path: string;
  value: Json;
}

const FIELDS = ['apiVersion', 'kind', 'resources', 'components', 'namespace', 'images', 'patches'];
const CLUSTER_WIDE = new Set(['Namespace']);

/**
 * Builds a kustomization like `kubectl kustomize`, so that these tests run without kubectl. It supports the fields that the manifests
 * here use (resources, components, namespace, images, JSON 6902 patches) and throws an error for any other field.
 */
export function buildKustomization(folder: string): KubernetesObject[] {
  return build(folder, []);
}

function build(folder: string, before: KubernetesObject[]): KubernetesObject[] {
  const kustomization = readKustomization(folder);
  let objects = [
    ...before,
    ...(kustomization.resources ?? []).flatMap((resource) => readResource(join(folder, resource))),
  ];
  // A component changes the objects before it.
  for (const component of kustomization.components ?? []) objects = build(join(folder, component), objects);
  const { namespace } = kustomization;
  if (namespace !== undefined) for (const object of objects) putInto(namespace, object);
  for (const { target, patch } of kustomization.patches ?? []) {
    const targets = objects.filter(
      ({ kind, metadata }) => kind === target.kind && metadata.name === target.name,
    );
    if (targets.length === 0) throw new Error(`${folder}: no ${target.kind} ${target.name} to patch`);
    for (const object of targets) (parse(patch) as PatchStep[]).forEach((step) => apply(step, object));
  }
  for (const image of kustomization.images ?? []) objects.forEach((object) => setImage(image, object));
  return objects;
}

function readKustomization(folder: string): Kustomization {
  const kustomization = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const unknown = Object.keys(kustomization).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw new Error(`${folder}: these tests cannot read the field ${unknown}`);
  // Without quotes, a tag such as 17.11 is a number, which kustomize refuses.
  for (const { newTag } of kustomization.images ?? [])
    if (newTag !== undefined && typeof newTag !== 'string')
      throw new Error(`${folder}: the tag ${String(newTag)} is no text`);
  return kustomization;
}

function readResource(path: string): KubernetesObject[] {
  if (statSync(path).isDirectory()) return buildKustomization(path);
  return parseAllDocuments(readFileSync(path, 'utf8'), { uniqueKeys: true }).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors[0]?.message}`);
    return document.toJS() as KubernetesObject;
  });
}

function putInto(namespace: string, object: KubernetesObject): void {
  if (object.kind === 'Namespace') object.metadata.name = namespace;
  if (!CLUSTER_WIDE.has(object.kind)) object.metadata.namespace = namespace;
}

function setImage(image: NonNullable<Kustomization['images']>[number], value: Json): void {
  if (value === null || typeof value !== 'object') return;
  const { name, newName = name, newTag } = image;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'image' && inner === name && !Array.isArray(value)) {
      value[key] = newTag === undefined ? newName : `${newName}:${newTag}`;
    } else setImage(image, inner);
  }
}

/** Applies one step of RFC 6902 to a member of an object. */
function apply({ op, path, value }: PatchStep, object: JsonObject): void {
  const keys = path.split('/').slice(1);
  const last = keys.pop();
  let parent: Json | undefined = object;
  for (const key of keys) parent = isObject(parent) ? parent[key] : undefined;
  if (!isObject(parent) || last === undefined || path.includes('~')) throw new Error(`cannot patch ${path}`);
  if (op === 'replace' && !(last in parent)) throw new Error(`nothing to replace at ${path}`);
  if (op !== 'replace' && op !== 'add') throw new Error(`these tests cannot do ${op}`);
  parent[last] = value;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
