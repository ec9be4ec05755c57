import { describe, expect, it } from 'vitest';
import { Child } from './child.ts';

const STOPPED = ['spans', 'database'];

describe('a command', () => {
  it.each(['0', '3'])('ends with its own exit code %s, after the last steps', async (code) => {
    await using command = new Child('command.mjs', { env: { EXIT_CODE: code } });

    expect(await command.exit).toEqual({ code: Number(code), signal: null });
    expect(command.trail).toEqual(STOPPED);
    expect(command.stderr).toBe('');
  });

  it('ends with 1 if it throws, and logs the stack', async () => {
    await using command = new Child('command.mjs', { env: { SCENARIO: 'throws' } });

    expect(await command.exit).toEqual({ code: 1, signal: null });
    expect(command.stdout).toMatch(/ERROR fixture-command {2}failed\n\s+Error: the batch went wrong\n\s+at /);
    expect(command.trail).toEqual(STOPPED);
  });

  it.each([
    ['SIGINT', '0'],
    ['SIGTERM', '3'],
  ] as const)('stops its work at %s, then runs the last steps', async (signal, code) => {
    await using command = new Child('command.mjs', {
      env: { SCENARIO: 'until asked to stop', EXIT_CODE: code },
    });
    await command.said('working');

    command.kill(signal);

    expect(await command.exit).toEqual({ code: Number(code), signal: null });
    expect(command.trail).toEqual(['work put down', ...STOPPED]);
  });

  it('stops its work when its parent is gone', async () => {
    await using command = new Child('command.mjs', { env: { SCENARIO: 'until asked to stop' } });
    await command.said('working');

    command.process.disconnect();

    expect(await command.exit).toEqual({ code: 0, signal: null });
    expect(command.trail).toEqual(['work put down', ...STOPPED]);
  });

  it('is given up if it ignores the signal, and the last steps still run', async () => {
    await using command = new Child('command.mjs', { env: { SCENARIO: 'deaf', STOP_DEADLINE_MS: '300' } });
    await command.said('working');

    command.kill('SIGTERM');

    expect(await command.exit).toEqual({ code: 1, signal: null });
    expect(command.stdout).toContain('did not stop in time; still running: the command');
    expect(command.trail).toEqual(STOPPED);
  });

  it('reports a wrong setting in a sentence and prints its variables for --help', async () => {
    await using wrong = new Child('command.mjs', { env: { EXIT_CODE: '999' } });
    await using help = new Child('command.mjs', { args: ['--help'] });

    expect(await wrong.exit).toEqual({ code: 1, signal: null });
    expect(wrong.stderr).toBe(
      'fixture-command: EXIT_CODE is "999"; it must be a whole number from 0 to 125.\n',
    );
    expect(await help.exit).toEqual({ code: 0, signal: null });
    expect(help.stdout).toMatch(/^ {2}EXIT_CODE +0 +What to end with/m);
  });
});
