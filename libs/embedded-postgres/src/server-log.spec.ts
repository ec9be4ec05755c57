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

test('a log above the bound moves aside, and who has it open goes on at its start', () => {
  writeSync(descriptor, 'a long line\n');
  boundServerLog(logFile, 5);
  writeSync(descriptor, 'next\n');
  expect(readFileSync(`${logFile}.1`, 'utf8')).toBe('a long line\n');
  expect(readFileSync(logFile, 'utf8')).toBe('next\n');
});

test('a log within the bound stays as it is', () => {
  writeSync(descriptor, 'short\n');
  boundServerLog(logFile, 6);
  expect(readFileSync(logFile, 'utf8')).toBe('short\n');
});

test('what was written since an offset is found, of very much only the end', () => {
  writeSync(descriptor, 'before\n');
  const offset = statSync(logFile).size;
  writeSync(descriptor, `${'x'.repeat(20_000)}\nFATAL: the end\n`);
  const text = serverLogSince(logFile, offset);
  expect(text).toHaveLength(16_384);
  expect(text.endsWith('FATAL: the end\n')).toBe(true);
});

test('a log that was cut since, or is not there, has nothing new', () => {
  expect(serverLogSince(logFile, 1_000)).toBe('');
  expect(serverLogSince(`${logFile}.none`, 0)).toBe('');
});
