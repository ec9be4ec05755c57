#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { startOtlpReceiver, type OtlpReceiver } from './otlp-receiver.ts';

const USAGE = `Usage: node receiver-main.js [--port <number>] [--max-body-bytes <number>]

Takes OTLP/HTTP on 127.0.0.1 and counts spans and links. Prints {"port":...} when ready, then its counts on SIGUSR2
and at the end, each as one line of JSON. GET /counts answers with the counts too. Ends on SIGTERM, on SIGINT, and
when the process that forked it is gone.
`;

const COUNT = /^[0-9]{1,10}$/;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, 'max-body-bytes': { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const receiver = await startOtlpReceiver({
    keep: 'counts',
    ...numberOption('port', '--port', values.port),
    ...numberOption('maxBodyBytes', '--max-body-bytes', values['max-body-bytes']),
  });
  process.on('SIGUSR2', () => print(receiver.counts));
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(event, () => void stop(receiver));
  // Comes last because the reader of this line may send a signal at once.
  print({ port: receiver.port, url: receiver.url });
}

async function stop(receiver: OtlpReceiver): Promise<void> {
  await receiver.close();
  print(receiver.counts);
  // An open IPC channel would keep a forked process alive.
  if (process.connected) process.disconnect();
}

function numberOption(name: string, flag: string, text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  if (!COUNT.test(text)) throw new Error(`${flag} must be a whole number, not "${text}"`);
  return { [name]: Number(text) };
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
