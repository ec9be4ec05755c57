import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const HERE = import.meta.dirname;
const WORKSPACE = join(HERE, '../../../..');
/** Inside of the project, so that its packages and settings apply. */
const GENERATED = join(HERE, 'generated');

/** Documents by the name of their template in this folder. */
export const DOCUMENTS = {
  README: 'libs/tracing/README.md',
  inbox: 'docs/brokers/README.md',
  amqplib: 'docs/brokers/amqplib.md',
  bullmq: 'docs/brokers/bullmq.md',
  kafka: 'docs/brokers/kafka.md',
  nats: 'docs/brokers/nats.md',
  'pg-boss': 'docs/brokers/pg-boss.md',
  sqs: 'docs/brokers/sqs.md',
} as const;
export type DocumentName = keyof typeof DOCUMENTS;
export const DOCUMENT_NAMES = Object.keys(DOCUMENTS) as DocumentName[];

const BLOCK = /^```ts\n([\s\S]*?)^```$/gm;
const PLACE = /^[ ]*\/\/ block$/gm;
const IMPORT = /^import .*;.*\n/gm;

/** The code blocks of a document in the surroundings that its template gives them. @throws if they do not match one another */
function moduleOf(name: DocumentName): string {
  const document = readFileSync(join(WORKSPACE, DOCUMENTS[name]), 'utf8');
  const template = readFileSync(join(HERE, `${name}.template`), 'utf8');
  const blocks = [...document.matchAll(BLOCK)].map(([, code = '']) => code);
  const places = template.match(PLACE)?.length ?? 0;
  if (blocks.length === 0 || blocks.length !== places) {
    throw new Error(
      `${DOCUMENTS[name]} has ${blocks.length} code blocks, and ${name}.template places ${places}`,
    );
  }
  // Imports may stand only at the top. Vitest's names come from the template: a block's test does not run as a test of its own.
  const imports = blocks
    .flatMap((code) => code.match(IMPORT) ?? [])
    .filter((line) => !line.includes("'vitest'"));
  let next = 0;
  const body = template.replace(PLACE, () => (blocks[next++] ?? '').replace(IMPORT, ''));
  return `${imports.join('')}${body}`;
}

/** Writes the modules of all documents. @returns the modules to run, and what the compiler finds wrong with them */
export function compileDocuments() {
  rmSync(GENERATED, { recursive: true, force: true });
  mkdirSync(GENERATED);
  const paths = {} as Record<DocumentName, string>;
  for (const name of DOCUMENT_NAMES) {
    paths[name] = join(GENERATED, `${name}.ts`);
    writeFileSync(paths[name], moduleOf(name));
  }
  const { config } = ts.readConfigFile(join(WORKSPACE, 'tsconfig.test.json'), (path) =>
    readFileSync(path, 'utf8'),
  ) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, WORKSPACE);
  const program = ts.createProgram(Object.values(paths), {
    ...options,
    // Documents show fragments: a value may be there only to be seen.
    noUnusedLocals: false,
    noUnusedParameters: false,
    noEmit: true,
  });
  const errors = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    const text = file?.text.split('\n')[line - 1]?.trim() ?? '';
    return `${file?.fileName ?? ''}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')} (${text})`;
  });
  // As JavaScript: the folder is in no tsconfig, from which Vitest would learn how to read decorators.
  const modules = {} as Record<DocumentName, string>;
  for (const name of DOCUMENT_NAMES) {
    modules[name] = paths[name].replace(/\.ts$/, '.js');
    const { outputText } = ts.transpileModule(readFileSync(paths[name], 'utf8'), {
      compilerOptions: { ...options, module: ts.ModuleKind.ESNext, sourceMap: false },
    });
    writeFileSync(modules[name], outputText);
  }
  return { modules, errors };
}
