// Python's SDK against the compiled explorer, over gRPC and HTTP, plain and compressed: `npx nx run
// trace-explorer:python-clients`. It makes its own virtual environment. Without Python it prints a
// note and succeeds, unless PYTHON_REQUIRED=true.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { AppUnderTest } from '@span-links/service-shell/testing';

const run = promisify(execFile);
const PACKAGES = [
  'opentelemetry-sdk',
  'opentelemetry-exporter-otlp-proto-grpc',
  'opentelemetry-exporter-otlp-proto-http',
];
const SCRIPT = fileURLToPath(new URL('send-spans.py', import.meta.url));

async function withPython(folder) {
  const python = join(folder, 'bin', 'python');
  try {
    await run('python3', ['-m', 'venv', folder]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES]);
    return python;
  } catch (error) {
    if (process.env.PYTHON_REQUIRED === 'true') throw error;
    console.log(
      `skipped: there is no Python with venv and a package index (${String(error.message).split('\n')[0]})`,
    );
    return undefined;
  }
}

async function send(python, url, grpcUrl, protocol, compression) {
  const endpoint = protocol === 'grpc' ? grpcUrl : url;
  // A setting of the machine must not send the spans to another place.
  const env = { PATH: process.env.PATH, OTEL_METRICS_EXPORTER: 'none', NO_PROXY: '*', no_proxy: '*' };
  const { stdout } = await run(python, [SCRIPT, protocol, endpoint, compression], { env, timeout: 120_000 });
  const [traceId, spanId, delivered] = stdout.trim().split(' ');
  const response = await fetch(`${url}/api/v1/traces/${traceId}/spans/${spanId}/links`);
  const { rollUp } = await response.json();
  if (delivered !== 'True' || rollUp?.resolved !== 5) {
    throw new Error(`over ${protocol}, ${compression}: ${stdout.trim()} ${JSON.stringify(rollUp)}`);
  }
  console.log(`over ${protocol}, ${compression}: a batch with 5 links arrived, and all are resolved`);
}

const folder = await mkdtemp(join(tmpdir(), 'span-links-python-'));
try {
  const python = await withPython(folder);
  if (python) {
    const server = await startPostgresServer({});
    const app = new AppUnderTest({
      main: new URL('../dist/main.js', import.meta.url),
      env: { EXPLORER_PORT: '0', EXPLORER_DATABASE_URL: await server.createDatabase('python') },
    });
    try {
      const url = await app.ready();
      const grpcUrl = /OTLP\/gRPC to (\S+?),/.exec(app.output)?.[1];
      for (const protocol of ['grpc', 'http']) {
        for (const compression of ['none', 'gzip']) await send(python, url, grpcUrl, protocol, compression);
      }
    } finally {
      await app.stop();
      await server.destroy();
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
