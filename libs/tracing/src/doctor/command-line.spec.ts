import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';

describe('the command line', () => {
  it('passes start-up modules on to Node.js, variables first', () => {
    expect(
      parseCommandLine(['doctor', '--import', './a.js', '-r', './b.cjs', '--import=c', '--env-file', '.env']),
    ).toMatchObject({
      kind: 'doctor',
      nodeFlags: ['--env-file=.env', '--require', './b.cjs', '--import', './a.js', '--import', 'c'],
      app: undefined,
      strict: false,
      json: false,
    });
  });

  it('passes its arguments to an application, and adds its time', () => {
    expect(
      parseCommandLine([
        'doctor',
        '--app',
        'main.js',
        '--wait',
        '2',
        '--timeout',
        '10',
        'x',
        '--',
        '--port=1',
      ]),
    ).toMatchObject({ app: ['main.js', 'x', '--port=1'], appWaitMs: 2_000, deadlineMs: 12_000 });
  });

  it.each([[['--help']], [['doctor', '-h']], [[]]])('%j asks for help', (args) => {
    expect(parseCommandLine(args)).toEqual({ kind: 'help' });
  });

  it.each([
    [['cure'], 'Unknown command "cure"'],
    [['doctor', 'app.js'], 'Unexpected "app.js"; an application is named with --app'],
    [['doctor', '--wait', 'soon'], '--wait "soon" is not a number of seconds up to 3600'],
    [['doctor', '--timeout', '0'], '--timeout "0" is not a number of seconds up to 3600'],
    [['doctor', '--timeout='], '--timeout "" is not a number of seconds up to 3600'],
  ])('%j is wrong', (args, why) => {
    expect(parseCommandLine(args)).toEqual({ kind: 'wrong', why });
  });
});
