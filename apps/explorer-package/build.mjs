#!/usr/bin/env node
// Builds the package from the sources of the workspace: the server and the guardian of its Postgres as one bundle, the page, and what the
// server reads at run time. Needs `npm ci` and nothing else, because npm runs it before every `npm pack` and `npm publish`.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { build as buildPage } from 'vite';
import { noticesOf } from './notices.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');
const page = join(root, 'apps/trace-explorer-web');

/** Nest and pg look for these and do without. */
const ABSENT = [
  '@fastify/static',
  '@nestjs/microservices',
  '@nestjs/websockets',
  'class-transformer',
  'class-validator',
  'pg-native',
];

/**
 * Two packages load others with a `require` of their own, which a bundler does not follow. Each replacement has to fit once: a new version of
 * the package that loads in another way fails the build, and not the user.
 */
const REPLACEMENTS = [
  {
    file: '@nestjs/swagger/dist/swagger-ui/swagger-ui.js',
    from: "require('swagger-ui-dist/absolute-path.js')()",
    to: "fileURLToPath(new URL('../swagger-ui', import.meta.url))",
    head: "import { fileURLToPath } from 'node:url';",
  },
  {
    file: '@nestjs/terminus/dist/health-check/health-check.decorator.js',
    from: "require('@nestjs/swagger')",
    to: 'bundledSwagger',
    head: "import * as bundledSwagger from '@nestjs/swagger';",
  },
];

const SWAGGER_FILES = [
  'favicon-16x16.png',
  'favicon-32x32.png',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'swagger-ui.css',
];

function replacements() {
  const open = new Set(REPLACEMENTS);
  return {
    name: 'replacements',
    transform(code, id) {
      const change = REPLACEMENTS.find(({ file }) => id.endsWith(`node_modules/${file}`));
      if (change === undefined) return undefined;
      if (code.split(change.from).length !== 2) throw new Error(`${change.file} has not one ${change.from}`);
      open.delete(change);
      return { code: `${change.head}\n${code.replace(change.from, change.to)}` };
    },
    buildEnd() {
      for (const { file } of open) throw new Error(`${file} is not part of the bundle any more`);
    },
  };
}

/** @returns the files that are in the bundle. */
async function bundleServer() {
  const bundle = await rolldown({
    cwd: root,
    input: {
      cli: 'apps/trace-explorer/src/cli/main.ts',
      // Runs as a process of its own.
      'guardian-main': 'libs/embedded-postgres/src/guardian-main.ts',
    },
    platform: 'node',
    tsconfig: false,
    external: [...ABSENT.map((name) => new RegExp(`^${name}(/|$)`)), /^@embedded-postgres\//],
    // Not `import`: packages with both forms would be in the bundle twice.
    resolve: { conditionNames: ['span-links-source', 'node'] },
    transform: {
      target: 'node20.19',
      typescript: { onlyRemoveTypeImports: true },
      decorator: { legacy: true, emitDecoratorMetadata: true },
    },
    plugins: [replacements()],
    onLog: (level, log) => {
      // Dependencies may do as they like; what is wrong in the sources here is an error elsewhere, too.
      if (level === 'warn' && log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    },
  });
  const { output } = await bundle.write({
    dir: join(here, 'dist'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    // Names stay: Nest injects by them, and stacks are readable.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    strictExecutionOrder: true,
  });
  await bundle.close();
  return output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
}

/** @returns the files that are in the page. */
async function bundlePage() {
  const files = new Set();
  await buildPage({
    root: page,
    configFile: join(page, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: join(here, 'page'), emptyOutDir: true, sourcemap: false },
    plugins: [
      {
        name: 'files',
        generateBundle(_options, bundle) {
          for (const chunk of Object.values(bundle)) for (const id of chunk.moduleIds ?? []) files.add(id);
        },
      },
    ],
  });
  return [...files];
}

for (const name of ['dist', 'page', 'sql', 'swagger-ui'])
  rmSync(join(here, name), { recursive: true, force: true });
const files = [...(await bundleServer()), ...(await bundlePage())];
cpSync(join(root, 'libs/trace-store/sql'), join(here, 'sql'), { recursive: true });
const swagger = dirname(
  createRequire(join(root, 'libs/service-shell/package.json')).resolve('swagger-ui-dist/package.json'),
);
for (const name of SWAGGER_FILES) cpSync(join(swagger, name), join(here, 'swagger-ui', name));
cpSync(join(root, 'LICENSE'), join(here, 'LICENSE'));
const notices = noticesOf([...files, join(swagger, 'swagger-ui-bundle.js')]);
writeFileSync(join(here, 'THIRD-PARTY-NOTICES.txt'), notices.text);
const cli = readFileSync(join(here, 'dist/cli.js'), 'utf8');
if (!cli.startsWith('#!')) throw new Error('dist/cli.js has lost its first line');
process.stdout.write(`@span-links/explorer: ${notices.count} packages are in the bundle\n`);
