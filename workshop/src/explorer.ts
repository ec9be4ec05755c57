import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CheckedSpan } from './checked-span.ts';

const STOP_LIMIT_MS = 8_000;
const REQUEST_TIMEOUT_MS = 10_000;
const OUTPUT_MAX_CHARACTERS = 4_000;

/** How to start an explorer of one's own. */
export interface ExplorerOptions {
  readonly databaseUrl: string;
  readonly port: number;
  readonly inherited: NodeJS.ProcessEnv;
  /** More settings, for an explorer that a whole room uses. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Owns the process of the trace explorer. */
export class ExplorerProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<string>;
  #output = '';

  constructor({ databaseUrl, port, inherited, env = {} }: ExplorerOptions) {
    const main = fileURLToPath(new URL('../../apps/trace-explorer/dist/main.js', import.meta.url));
    this.#child = spawn(process.execPath, [main], {
      env: { ...inherited, EXPLORER_DATABASE_URL: databaseUrl, EXPLORER_PORT: String(port), ...env },
      // In a group of its own: Ctrl-C must not stop it before the last spans have arrived.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-OUTPUT_MAX_CHARACTERS);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.ended = once(this.#child, 'exit').then(
      ([code, signal]) => (signal === null ? `exit code ${String(code)}` : String(signal)),
      (error: Error) => error.message,
    );
  }

  /** @returns its URL. @throws with what it printed, if it ends first. */
  async ready(): Promise<string> {
    const listening = new Promise<string>((resolve) => {
      this.#child.on('message', (message: { type?: string; url?: string }) => {
        if (message.type === 'ready' && message.url) resolve(message.url);
      });
    });
    const failed = this.ended.then((how) => {
      throw new Error(
        `The trace explorer did not start (${how}). If its port is taken, set EXPLORER_PORT.\n${this.#output.trim()}`,
      );
    });
    return Promise.race([listening, failed]);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.ended;
    clearTimeout(timer);
  }
}

/** An explorer to which the spans of runs go: an own one, or that of a room. */
export class ExplorerView {
  readonly url: string;
  readonly #name: string;
  readonly #token: string | undefined;
  /** Where a browser finds it. */
  readonly #browserUrl: string;

  constructor(url: string, name: string, token?: string, browserUrl = url) {
    this.url = url;
    this.#name = name;
    this.#token = token;
    this.#browserUrl = browserUrl;
  }

  /** Passes on what a run has sent. @returns why it could not be, if so. */
  async take(requests: readonly Uint8Array[]): Promise<string | undefined> {
    try {
      for (const body of requests) {
        const answer = await fetch(`${this.url}/v1/traces`, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-protobuf',
            ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
          },
          body: Buffer.from(body),
          signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        });
        await answer.body?.cancel();
        if (!answer.ok) return `The explorer at ${this.url} refused the spans (${answer.status}).`;
      }
      return undefined;
    } catch {
      return `The explorer at ${this.url} does not answer; the check is not affected.`;
    }
  }

  /** Where to look at a span and its links. */
  linkTo({ traceId, spanId }: CheckedSpan): string {
    return `${this.#browserUrl}/trace/${traceId}?spanId=${spanId}&tab=links`;
  }

  /** The traces of this reader, in a room full of them. */
  ownTraces(): string {
    return `${this.#browserUrl}/traces?q=${encodeURIComponent(`resource.service.instance.id=${this.#name}`)}`;
  }
}
