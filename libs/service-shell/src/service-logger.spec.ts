import { Logger } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { ServiceLogger, type ServiceLoggerOptions } from './service-logger.ts';

function logTo(options: Partial<ServiceLoggerOptions> = {}) {
  const lines: string[] = [];
  const log = new ServiceLogger({ name: 'orders-api', write: (text) => lines.push(text), ...options });
  return { log, lines };
}

describe('the log', () => {
  it('has a line of time, level, service and message per event', () => {
    const { log, lines } = logTo();

    log.log('listening');

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}orders-api {2}listening\n$/);
  });

  it('has a JSON object per event on request', () => {
    const { log, lines } = logTo({ format: 'json' });

    log.warn('late', 'BatchRunner');

    const entry = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(entry).toEqual({
      time: entry['time'],
      level: 'warn',
      name: 'orders-api',
      message: 'late',
      context: 'BatchRunner',
    });
    expect(new Date(String(entry['time'])).toISOString()).toBe(entry['time']);
  });

  it.each([
    ['fatal', ['fatal']],
    ['error', ['fatal', 'error']],
    ['warn', ['fatal', 'error', 'warn']],
    ['info', ['fatal', 'error', 'warn', 'info']],
    ['debug', ['fatal', 'error', 'warn', 'info', 'debug']],
    ['verbose', ['fatal', 'error', 'warn', 'info', 'debug', 'verbose']],
  ] as const)('at level %s writes %j', (level, written) => {
    const { log, lines } = logTo({ level, format: 'json' });

    for (const method of ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'] as const) log[method]('x');

    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(written);
  });

  it('prints an error with its stack and its causes', () => {
    const { log, lines } = logTo({ format: 'json' });
    const error = new Error('outer', { cause: new TypeError('inner') });

    log.error('failed', error);

    const { message, stack } = JSON.parse(lines[0] ?? '') as { message: string; stack: string };
    expect(message).toBe('failed');
    expect(stack).toMatch(/^Error: outer\n\s+at [^]*\nCaused by: TypeError: inner\n\s+at /);
  });

  it('survives an error that is its own cause', () => {
    const { log, lines } = logTo();
    const error = new Error('circle');
    error.cause = error;

    log.error(error);

    expect(lines[0]).toContain('Error: circle');
  });

  it("accepts Nest's arguments: a stack and a context as texts", () => {
    const { log, lines } = logTo({ format: 'json' });

    log.error('failed', 'Error: x\n    at somewhere', 'OrdersService');

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      message: 'failed',
      stack: 'Error: x\n    at somewhere',
      context: 'OrdersService',
    });
  });

  it('cannot forge a line or colour a terminal', () => {
    const { log, lines } = logTo();

    log.log('GET /\n12:00:00.000 ERROR orders-api  forged\u001b[31m\u2028');

    expect(lines[0]).toMatch(/GET \/\\n12:00:00\.000 ERROR orders-api {2}forged\\u001b\[31m\\u2028\n$/);
    expect(lines[0]?.match(/\n/g)).toHaveLength(1);
  });

  it("keeps Nest's start-up noise for debug, but not its warnings", () => {
    const quiet = logTo();
    const talkative = logTo({ level: 'debug' });

    for (const { log } of [quiet, talkative]) {
      log.log('AppModule dependencies initialized', 'InstanceLoader');
      log.error(new Error('no such provider'), 'ExceptionHandler');
      log.warn('route shadowed', 'RouterExplorer');
    }

    expect(quiet.lines).toHaveLength(1);
    expect(quiet.lines[0]).toContain('[RouterExplorer] route shadowed');
    expect(talkative.lines).toHaveLength(3);
  });

  it("receives the messages of Nest's Logger", () => {
    const { log, lines } = logTo();
    Logger.overrideLogger(log);

    new Logger('OrdersService').log('stored');

    expect(lines[0]).toMatch(/INFO {2}orders-api {2}\[OrdersService\] stored\n$/);
  });

  it('writes objects on the line', () => {
    const { log, lines } = logTo();

    log.log('claimed', { orders: 5, ids: ['a', 'b'] });

    expect(lines[0]).toMatch(/claimed \{ orders: 5, ids: \[ 'a', 'b' \] \}\n$/);
  });
});
