import { closeSync, mkdtempSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boundServerLog, openServerLog, serverLogSince } from './server-log.ts';

let logFile: string;
let descriptor: number;
beforeEach(() => {
  logFile = join(mkdtempSync(join(tmpdir(), 'server-log-')), 'server.log');
  descriptor = openServerLog(logFile);
});
afterEach(() => {
  closeSync(descriptor);
  rmSync(join(logFile, '..'), { recursive: true, force: true });
});

test('a log above the limit moves aside, and processes that have it open continue at its start', () => {
  writeSync(descriptor, 'a long line\n');
  boundServerLog(logFile, 5);
  writeSync(descriptor, 'next\n');
  expect(readFileSync(`${logFile}.1`, 'utf8')).toBe('a long line\n');
  expect(readFileSync(logFile, 'utf8')).toBe('next\n');
});

test('a log within the limit stays unchanged', () => {
  writeSync(descriptor, 'short\n');
  boundServerLog(logFile, 6);
  expect(readFileSync(logFile, 'utf8')).toBe('short\n');
});

test('reads the text after an offset, and only the end of a very long one', () => {
  writeSync(descriptor, 'before\n');
  const offset = statSync(logFile).size;
  writeSync(descriptor, `${'x'.repeat(20_000)}\nFATAL: the end\n`);
  const text = serverLogSince(logFile, offset);
  expect(text).toHaveLength(16_384);
  expect(text.endsWith('FATAL: the end\n')).toBe(true);
});

test('a log that was truncated since, or is missing, has nothing new', () => {
  expect(serverLogSince(logFile, 1_000)).toBe('');
  expect(serverLogSince(`${logFile}.none`, 0)).toBe('');
});
