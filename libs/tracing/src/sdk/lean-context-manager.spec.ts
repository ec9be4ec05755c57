import { ROOT_CONTEXT, createContextKey } from '@opentelemetry/api';
import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LeanContextManager } from './lean-context-manager.ts';

const KEY = createContextKey('test');
const A = ROOT_CONTEXT.setValue(KEY, 'a');
const B = ROOT_CONTEXT.setValue(KEY, 'b');

describe('LeanContextManager', () => {
  const manager = new LeanContextManager();
  const active = (): unknown => manager.active().getValue(KEY);

  it('is at the root outside of any context', () => {
    expect(manager.active()).toBe(ROOT_CONTEXT);
  });

  it('follows the work across awaits and timers, each piece with its own context', async () => {
    const work = async (): Promise<unknown[]> => {
      const before = active();
      await setImmediate();
      return [before, active()];
    };
    const [first, second] = await Promise.all([manager.with(A, work), manager.with(B, work)]);
    expect(first).toEqual(['a', 'a']);
    expect(second).toEqual(['b', 'b']);
    expect(active()).toBeUndefined();
  });

  it('passes this, the arguments, the result and the error on', () => {
    const counter = { value: 2 };
    function add(this: { value: number }, more: number): number {
      return this.value + more;
    }
    expect(manager.with(A, add, counter, 3)).toBe(5);
    expect(() =>
      manager.with(A, () => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
  });

  it('binds a function, which keeps its this and its number of parameters', () => {
    const seen: unknown[] = [];
    const handler = function (this: unknown, _error: unknown, _request: unknown): void {
      seen.push(this, active());
    };
    const bound = manager.bind(A, handler);
    const self = {};
    manager.with(B, () => bound.call(self, 1, 2));
    expect(seen).toEqual([self, 'a']);
    expect(bound).toHaveLength(2);
  });

  it('runs every listener of a bound emitter in its context, also those from before', () => {
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    emitter.on('event', () => seen.push(active()));
    manager.bind(A, emitter);
    manager.with(B, () => emitter.once('event', () => seen.push(active())));
    expect(manager.with(B, () => emitter.emit('event'))).toBe(true);
    expect(emitter.emit('event')).toBe(true);
    expect(emitter.emit('nothing')).toBe(false);
    expect(seen).toEqual(['a', 'a', 'a']);
  });

  it('lets listeners of a bound emitter be removed', () => {
    const emitter = manager.bind(A, new EventEmitter());
    let calls = 0;
    const listener = (): void => void calls++;
    emitter.on('event', listener);
    emitter.once('event', listener);
    emitter.off('event', listener).off('event', listener);
    emitter.emit('event');
    expect(calls).toBe(0);
    expect(emitter.listenerCount('event')).toBe(0);
  });

  it('keeps the first context that an emitter is bound to', async () => {
    const emitter = manager.bind(B, manager.bind(A, new EventEmitter()));
    const seen = new Promise((resolve) => emitter.once('event', () => resolve(active())));
    emitter.emit('event');
    await expect(seen).resolves.toBe('a');
  });

  it('runs the listeners of a stream in its context, for any reader', async () => {
    const stream = manager.bind(A, Readable.from(['chunk']));
    const seen: unknown[] = [];
    stream.on('data', () => seen.push(active()));
    stream.on('end', () => seen.push(active()));
    await manager.with(B, () => once(stream, 'close'));
    expect(seen).toEqual(['a', 'a']);
  });

  it('leaves other values unchanged', () => {
    const value = { plain: true };
    expect(manager.bind(A, value)).toBe(value);
  });
});
