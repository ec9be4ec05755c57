import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { OtlpReceiver } from '@span-links/otlp/receiver';
import { startOtlpReceiver } from '@span-links/otlp/receiver';
import { checkedSpans, type CheckedSpan } from './checked-span.ts';
import type { RunMessage } from './child/run-message.ts';
import { exerciseEnvironment } from './config.ts';
import type { Exercise } from './exercise.ts';
import type { Finding } from './finding.ts';
import { Run } from './run.ts';
import { SourceFile } from './source-file.ts';

/** Where and for whom an exercise runs. */
export interface RunPlace {
  readonly databaseUrl: string;
  /** `service.instance.id`. */
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
}

/** The result of a run. */
export interface RunReport {
  readonly findings: readonly Finding[];
  readonly praise: string;
  readonly spans: readonly CheckedSpan[];
  readonly spotlight: CheckedSpan | undefined;
  /** OTLP requests as they were received, to pass on to an explorer. */
  readonly requests: readonly Uint8Array[];
  /** The output of the reader's code. */
  readonly output: string;
}

const TIME_LIMIT_MS = 60_000;
const OUTPUT_MAX_CHARACTERS = 20_000;

const loader = new URL('./child/typescript.js', import.meta.url);
const entry = new URL('./child/main.js', import.meta.url);

/** Runs a file as a solution of an exercise in a process of its own, and checks the spans that it sends. */
export async function runExercise(exercise: Exercise, file: string, place: RunPlace): Promise<RunReport> {
  const receiver = await startOtlpReceiver();
  try {
    // Before the run: the reader may save again while it lasts.
    const text = await readFile(file, 'utf8');
    const end = await runProcess(exercise, file, receiver, place);
    return report(exercise, text, receiver, end);
  } finally {
    await receiver.close();
  }
}

interface ProcessEnd {
  readonly message: RunMessage | undefined;
  readonly output: string;
  readonly how: string;
}

async function runProcess(
  exercise: Exercise,
  file: string,
  receiver: OtlpReceiver,
  { databaseUrl, name, signal }: RunPlace,
): Promise<ProcessEnd> {
  const child = fork(built(entry), {
    silent: true,
    execArgv: ['--enable-source-maps', '--import', built(loader)],
    env: {
      ...exerciseEnvironment(),
      WORKSHOP_EXERCISE: exercise.id,
      WORKSHOP_FILE: file,
      WORKSHOP_OTLP_URL: receiver.url,
      WORKSHOP_DATABASE_URL: databaseUrl,
      WORKSHOP_NAME: name,
    },
  });
  let message: RunMessage | undefined;
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-OUTPUT_MAX_CHARACTERS);
  };
  child.on('message', (sent: RunMessage) => (message = sent));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  let why = '';
  const end = (reason: string) => {
    why = reason;
    child.kill('SIGKILL');
  };
  const stop = () => end('stopped');
  const timer = setTimeout(
    () => end(`it did not finish within ${TIME_LIMIT_MS / 1_000} seconds`),
    TIME_LIMIT_MS,
  );
  signal?.addEventListener('abort', stop, { once: true });
  const closed = once(child, 'close');
  if (signal?.aborted) stop();
  const [code, killedBy] = (await closed) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  signal?.removeEventListener('abort', stop);
  return { message, output, how: why || (killedBy ?? `exit code ${String(code)}`) };
}

/** In tests this module is the source; a process runs what was built. */
function built(module: URL): string {
  return fileURLToPath(module).replace(/([\\/])src([\\/].*)\.[jt]s$/, '$1dist$2.js');
}

function report(
  exercise: Exercise,
  text: string,
  receiver: OtlpReceiver,
  { message, output, how }: ProcessEnd,
): RunReport {
  const spans = checkedSpans(receiver.spans());
  const requests = receiver.requests.filter(({ answer }) => answer === 200).map(({ bytes }) => bytes);
  const base = { spans, requests, output };
  if (message?.type !== 'facts') {
    const findings = [failure(message, how)];
    return { ...base, findings, praise: '', spotlight: undefined };
  }
  const run = new Run(spans, message.facts as never, new SourceFile(text));
  const findings = exercise.check(run);
  return {
    ...base,
    findings,
    praise: findings.length === 0 ? exercise.praise(run) : '',
    spotlight: exercise.spotlight(run),
  };
}

function failure(message: RunMessage | undefined, how: string): Finding {
  if (message?.type === 'failed')
    return { mistake: 'failed', says: `Your code failed: ${message.message}`, line: message.line };
  return { mistake: 'no-end', says: `Your code ended before the exercise did: ${how}.` };
}
