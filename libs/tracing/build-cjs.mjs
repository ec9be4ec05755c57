import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

// Builds the package's CommonJS half: the compiled modules in the other format, with the same declarations beside them.
// `require()` of the ES modules would be enough for Node.js 20.19 and later, but not for Jest or for TypeScript below
// 5.8. Not a second run of tsc, which refuses `import.meta` in CommonJS; this script only rewrites it.
const dist = join(import.meta.dirname, 'dist');
const cjs = join(dist, 'cjs');

rmSync(cjs, { recursive: true, force: true });
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(?:js|d\.ts)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  // A command is run, not loaded.
  .filter((file) => !file.startsWith(join(dist, 'doctor')));

for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const target = join(cjs, file.slice(dist.length));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, file.endsWith('.js') ? toCommonJs(file, text) : text);
}
// Without it, Node.js and TypeScript would treat the files as ES modules, like those of the package around them.
writeFileSync(join(cjs, 'package.json'), '{ "type": "commonjs" }\n');

function toCommonJs(file, text) {
  const { outputText, diagnostics = [] } = ts.transpileModule(
    text.replaceAll('createRequire(import.meta.url)', 'createRequire(__filename)'),
    {
      fileName: file,
      reportDiagnostics: true,
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2023,
        removeComments: true,
      },
    },
  );
  if (diagnostics.length > 0 || outputText.includes('import.meta')) {
    throw new Error(`${file} cannot be made CommonJS: ${diagnostics.map(({ messageText }) => messageText)}`);
  }
  return outputText;
}
