import { pathToFileURL } from 'node:url';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { linkSafeProcessor } from '@span-links/tracing/sdk';
import { runConfig } from '../config.ts';
import { scenarioOf } from '../exercises/scenarios.ts';
import { LineMarks, lineIn } from './line-marks.ts';
import type { RunMessage } from './run-message.ts';
import { startServices, stopServices } from './services.ts';

const { exercise, file, otlpUrl, databaseUrl, instanceId } = runConfig();

const tell = (message: RunMessage) =>
  new Promise<void>((resolve) => {
    if (process.send) process.send(message, undefined, {}, () => resolve());
    else resolve();
  });

startServices({
  exporter: () => new OTLPTraceExporter({ url: `${otlpUrl}/v1/traces` }),
  marks: new LineMarks(file),
  tracing: (exporter) => ({ processor: linkSafeProcessor(exporter, { journal: 'off', log: () => {} }) }),
  instanceId,
  exercise,
});
try {
  const scenario = scenarioOf(exercise);
  const code = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  for (const name of scenario.needs) {
    if (typeof code[name] === 'undefined') throw new TypeError(`The file exports no ${name}.`);
  }
  const facts = await scenario.play(code as never, { databaseUrl, file, instanceId });
  await stopServices();
  await tell({ type: 'facts', facts });
} catch (error) {
  await stopServices().catch(() => undefined);
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  await tell({ type: 'failed', message, line: lineIn(file, stack) });
}
// A reader's timer or connection must not keep the process.
process.exit(0);
