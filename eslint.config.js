import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Which project may import which: apps import libs, nothing imports an app, the tracing library imports none of us. */
const depConstraints = [
  { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:lib', 'type:test-support'] },
  { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib', 'type:test-support'] },
  { sourceTag: 'type:test-support', onlyDependOnLibsWithTags: ['type:test-support', 'type:lib'] },
  { sourceTag: 'scope:tracing', onlyDependOnLibsWithTags: ['scope:tracing', 'scope:otlp'] },
  { sourceTag: 'scope:otlp', onlyDependOnLibsWithTags: ['scope:otlp'] },
  { sourceTag: 'scope:postgres', onlyDependOnLibsWithTags: ['scope:postgres'] },
  {
    sourceTag: 'scope:orders',
    onlyDependOnLibsWithTags: [
      'scope:orders',
      'scope:tracing',
      'scope:service',
      'scope:otlp',
      'scope:postgres',
    ],
  },
  {
    sourceTag: 'scope:service',
    onlyDependOnLibsWithTags: ['scope:service', 'scope:tracing', 'scope:postgres'],
  },
  {
    sourceTag: 'layer:data',
    onlyDependOnLibsWithTags: ['layer:data', 'scope:tracing', 'scope:postgres'],
    bannedExternalImports: ['@nestjs/*', 'express'],
  },
];

const envOutsideConfig = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Configuration is read once, in config.ts; take it from there.',
};
const exportAll = {
  selector: 'ExportAllDeclaration',
  message: "A library's door is an explicit list of names.",
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/.nx/**', '**/node_modules/**', '**/.data/**', '**/coverage/**'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { enforceBuildableLibDependency: false, allow: ['../../vitest.base.ts'], depConstraints },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
      'no-restricted-syntax': ['error', envOutsideConfig, exportAll],
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
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
  {
    files: ['libs/tracing/src/sampler/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(?!\\.{1,2}/[^/]+$|@opentelemetry/api$)',
              message: 'The sampler imports @opentelemetry/api, the core and itself only.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/config.ts'],
    rules: { 'no-restricted-syntax': ['error', exportAll] },
  },
  {
    files: ['**/*.spec.ts', '**/test/**', '**/bench/**', '**/src/testing.ts'],
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
