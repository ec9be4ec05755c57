import nx from '@nx/eslint-plugin';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Which project may import which: apps import libs, nothing imports an app, the tracing library imports none of us. */
const depConstraints = [
  { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:lib', 'type:test-support'] },
  { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib', 'type:test-support'] },
  { sourceTag: 'type:test-support', onlyDependOnLibsWithTags: ['type:test-support', 'type:lib'] },
  // Its tests receive real OTLP and write to a real Postgres; what is published has no such import.
  {
    sourceTag: 'scope:tracing',
    onlyDependOnLibsWithTags: ['scope:tracing', 'scope:otlp', 'scope:postgres', 'scope:brokers'],
  },
  // It runs the apps as processes and breaks what is between them.
  { sourceTag: 'type:chaos', onlyDependOnLibsWithTags: ['scope:service', 'scope:postgres'] },
  { sourceTag: 'scope:otlp', onlyDependOnLibsWithTags: ['scope:otlp'] },
  { sourceTag: 'scope:brokers', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'scope:postgres', onlyDependOnLibsWithTags: ['scope:postgres'] },
  {
    sourceTag: 'scope:messaging',
    onlyDependOnLibsWithTags: [
      'scope:messaging',
      'scope:tracing',
      'scope:service',
      'scope:otlp',
      'scope:postgres',
      'scope:brokers',
    ],
  },
  {
    sourceTag: 'scope:orders',
    onlyDependOnLibsWithTags: [
      'scope:orders',
      'scope:messaging',
      'scope:brokers',
      'scope:tracing',
      'scope:service',
      'scope:otlp',
      'scope:postgres',
    ],
  },
  // It runs apps of both worlds as processes, and shares code with neither.
  {
    sourceTag: 'scope:demo',
    onlyDependOnLibsWithTags: ['scope:explorer', 'scope:service', 'scope:otlp', 'scope:postgres'],
  },
  // It runs the readers' files and the explorer as processes, and looks at the spans that come over OTLP.
  {
    sourceTag: 'scope:workshop',
    onlyDependOnLibsWithTags: [
      'scope:tracing',
      'scope:service',
      'scope:explorer',
      'scope:otlp',
      'scope:postgres',
    ],
  },
  {
    sourceTag: 'scope:service',
    onlyDependOnLibsWithTags: ['scope:service', 'scope:tracing', 'scope:postgres'],
  },
  {
    sourceTag: 'scope:explorer',
    onlyDependOnLibsWithTags: ['scope:explorer', 'scope:service', 'scope:otlp', 'scope:postgres'],
  },
  // Both the server and the page are built on it: no Node.js, no framework.
  {
    sourceTag: 'layer:contract',
    onlyDependOnLibsWithTags: [],
    bannedExternalImports: ['@nestjs/*', 'express', 'pg', 'react', 'rxjs'],
  },
  {
    sourceTag: 'layer:store',
    onlyDependOnLibsWithTags: ['layer:contract', 'scope:otlp', 'scope:postgres'],
    bannedExternalImports: ['@nestjs/*', 'express'],
  },
  {
    sourceTag: 'layer:data',
    onlyDependOnLibsWithTags: ['layer:data', 'scope:tracing', 'scope:postgres', 'scope:messaging'],
    bannedExternalImports: ['@nestjs/*', 'express'],
  },
];

const envOutsideConfig = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Configuration is read once, in config.ts; take it from there.',
};
const exportAll = {
  selector: 'ExportAllDeclaration',
  message: "A library's entry point is an explicit list of names.",
};

/** An entry point of the tracing library, and the packages that it may import besides the core and itself. */
function entryPoint(folder, packages) {
  const message = `The entry point ${folder} may import only the core, itself and ${packages.replace(/[$?:]/g, '')}.`;
  return {
    files: [`libs/tracing/src/${folder}/*.ts`],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: `^(?!\\.{1,2}/[^/]+$|${packages})`, message }] },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: ['**/dist/**', '**/.nx/**', '**/node_modules/**', '**/.data/**', '**/coverage/**'] },
  // Generated: of the published explorer, and from the code blocks of documents.
  {
    ignores: [
      'apps/explorer-package/{page,swagger-ui}/**',
      'libs/tracing/api-docs/**',
      'libs/tracing/test/docs/generated/**',
    ],
  },
  // Projects of the library's users: each is copied to a place of its own, with packages of its own, before it runs.
  { ignores: ['libs/tracing/compat/*/**'] },
  // The readers' files.
  { ignores: ['workshop/my/**'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: ['../../vitest.base.ts', '../vitest.base.ts'],
          depConstraints,
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
      'no-restricted-syntax': ['error', envOutsideConfig, exportAll],
      'max-lines': ['error', { max: 500, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // The core of the tracing library: whoever lifts it brings the SDK that they have.
    files: ['libs/tracing/src/*.ts'],
    ignores: ['**/*.spec.ts', '**/register.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(?!\\./[^/]+$|@opentelemetry/api$)',
              message: 'The core imports @opentelemetry/api and itself only.',
            },
          ],
        },
      ],
    },
  },
  entryPoint('sampler', '@opentelemetry/api$'),
  // The adapters know the shapes of the brokers' messages, and import no client.
  entryPoint('messaging', '@opentelemetry/api$'),
  entryPoint('typeorm', '(?:@opentelemetry/api|typeorm)$'),
  entryPoint(
    'testing',
    '(?:@opentelemetry/api|node:[a-z_]+|vitest|expect|\\.\\./sdk/lean-context-manager\\.ts)$',
  ),
  entryPoint('nestjs', '(?:@opentelemetry/api|@nestjs/(?:common|core|schedule)|cron|rxjs(?:/.*)?)$'),
  {
    files: ['apps/trace-explorer-web/src/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    // The two that find bugs. The others ask for what the React compiler wants, which is not used here.
    rules: { 'react-hooks/rules-of-hooks': 'error', 'react-hooks/exhaustive-deps': 'error' },
  },
  {
    // The exercises are copied into the reader's folder, from which a relative import would lead elsewhere.
    files: ['workshop/exercises/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': 'off' },
  },
  {
    files: ['**/config.ts'],
    rules: { 'no-restricted-syntax': ['error', exportAll] },
  },
  {
    files: [
      '**/*.spec.ts',
      '**/test/**',
      '**/bench/**',
      '**/brokers/**',
      '**/compat/**',
      '**/src/testing.ts',
      'infra/verify/**',
      'chaos/**',
    ],
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      'no-restricted-syntax': ['error', exportAll],
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
);
