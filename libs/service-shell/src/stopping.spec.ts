import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ServiceLogger } from './service-logger.ts';
import { runStopSteps } from './stopping.ts';

function logTo(lines: string[]): ServiceLogger {
  return new ServiceLogger({ name: 'test', write: (text) => lines.push(text) });
}

it('runs the steps one after the other, in order', async () => {
  const trail: string[] = [];
  const step = (name: string) => ({
    name,
    run: async () => {
      trail.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      trail.push(`${name} ends`);
    },
  });

  const ended = await runStopSteps([step('a'), step('b')], { deadlineMs: 10_000, log: logTo([]) });

  expect(ended).toBe(true);
  expect(trail).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

it('continues after a step that fails, and logs it', async () => {
  const trail: string[] = [];
  const lines: string[] = [];
  const fail = () => {
    throw new Error('the collector is away');
  };

  const ended = await runStopSteps(
    [
      { name: 'spans', run: fail },
      { name: 'metrics', run: async () => fail() },
      { name: 'database', run: () => void trail.push('database') },
    ],
    { deadlineMs: 10_000, log: logTo(lines) },
  );

  expect(ended).toBe(true);
  expect(trail).toEqual(['database']);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('while stopping, spans failed');
  expect(lines[1]).toContain('the collector is away');
});

it('runs every step even if one before it never ends, and says what was still running', async () => {
  const trail: string[] = [];
  const lines: string[] = [];
  const never = () => new Promise<void>(() => {});

  const ended = await runStopSteps(
    [
      {
        name: 'requests',
        run: never,
        stillRunning: () => '1 request (GET /slow)',
        abandon: () => void trail.push('requests abandoned'),
      },
      {
        name: 'spans',
        run: async () => {
          await sleep(5);
          trail.push('spans');
        },
      },
      { name: 'database', run: never },
    ],
    { deadlineMs: 400, log: logTo(lines) },
  );

  expect(ended).toBe(false);
  expect(trail).toEqual(['requests abandoned', 'spans']);
  expect(lines.map((line) => line.slice(line.indexOf('did')).trim())).toEqual([
    'did not stop in time; still running: 1 request (GET /slow)',
    'did not stop in time; still running: database',
  ]);
});
