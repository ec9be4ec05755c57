import ts from 'typescript';
import type { KubernetesObject } from './kustomization.ts';

// Both checks use the package kubernetes-models. Its validators come from the OpenAPI schema of Kubernetes. They check types, enums,
// formats and required fields, but accept unknown fields. Its TypeScript declarations come from the same schema and find unknown
// fields: an object literal with a field that its type lacks is an error.

/** Finds everything that the Kubernetes API would refuse. @returns a list of sentences for each object. */
export async function schemaProblems(objects: readonly KubernetesObject[]): Promise<string[][]> {
  const typed = typeProblems(objects);
  return Promise.all(
    objects.map(async (object, index) => [
      ...versionProblems(object),
      ...(await validatorProblems(object)),
      ...(typed[index] ?? []),
    ]),
  );
}

/** The package still has versions that Kubernetes has removed. Kubernetes never removed a stable version. */
function versionProblems({ apiVersion }: KubernetesObject): string[] {
  return /^([a-z0-9.-]+\/)?v\d+$/.test(apiVersion) ? [] : [`${apiVersion} may be taken away`];
}

interface Model {
  validate(): void;
}

async function validatorProblems(object: KubernetesObject): Promise<string[]> {
  const { apiVersion, kind } = object;
  let models: Record<string, new (data: unknown) => Model>;
  try {
    models = (await import(/* @vite-ignore */ moduleOf(object))) as typeof models;
  } catch {
    return [`there is no ${kind} in ${apiVersion}`];
  }
  const model = models[kind];
  if (model === undefined) return [`there is no ${kind} in ${apiVersion}`];
  try {
    new model(object).validate();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function moduleOf({ apiVersion, kind }: KubernetesObject): string {
  return `kubernetes-models/${apiVersion}/${kind}`;
}

/** Compiles the objects as literals of their types. All are in one program, because the declarations take most of the time. */
function typeProblems(objects: readonly KubernetesObject[]): string[][] {
  const text = objects.map(
    (object, index) =>
      `export const o${index}: import('${moduleOf(object)}').I${object.kind} = ${JSON.stringify(object)};`,
  );
  const fileName = new URL('manifests.mts', import.meta.url).pathname;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === fileName
      ? ts.createSourceFile(name, text.join('\n'), ts.ScriptTarget.ES2023)
      : read(name, ...rest);
  const program = ts.createProgram([fileName], options, host);
  const problems: string[][] = objects.map(() => []);
  for (const { start, file, messageText } of ts.getPreEmitDiagnostics(program)) {
    const line = file?.fileName === fileName ? file.getLineAndCharacterOfPosition(start ?? 0).line : 0;
    problems[line]?.push(ts.flattenDiagnosticMessageText(messageText, ' '));
  }
  return problems;
}
