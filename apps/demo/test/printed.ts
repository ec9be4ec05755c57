import { setTimeout as sleep } from 'node:timers/promises';
import type { AppUnderTest } from '@span-links/service-shell/testing';

/** Waits up to a minute until the app has printed text that matches. */
export async function printed(app: AppUnderTest, pattern: RegExp): Promise<RegExpExecArray> {
  for (let waited = 0; waited < 60_000; waited += 50) {
    const found = pattern.exec(app.output);
    if (found) return found;
    await sleep(50);
  }
  throw new Error(`never printed ${String(pattern)}:\n${app.output}`);
}
