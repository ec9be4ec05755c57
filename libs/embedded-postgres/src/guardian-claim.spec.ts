import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isSuperseded, latestClaim, tryToClaim } from './guardian-claim.ts';

let claimDir: string;
beforeEach(() => (claimDir = join(mkdtempSync(join(tmpdir(), 'guardian-claim-')), 'guardian')));
afterEach(() => rmSync(join(claimDir, '..'), { recursive: true, force: true }));

const claim = (generation: number, pid: number) => ({ generation, pid, socketPath: `/tmp/${pid}` });

test('an unclaimed folder has no claim', () => {
  expect(latestClaim(claimDir)).toBeUndefined();
  expect(isSuperseded(claimDir, 1)).toBe(false);
});

test('if two try for one generation, the first has it', () => {
  expect(tryToClaim(claimDir, claim(1, 100))).toEqual([]);
  expect(tryToClaim(claimDir, claim(1, 200))).toBeUndefined();
  expect(latestClaim(claimDir)).toEqual(claim(1, 100));
});

test('a higher claim replaces the dead ones below it, and leaves no drafts', () => {
  tryToClaim(claimDir, claim(1, 100));
  expect(tryToClaim(claimDir, claim(2, 200))).toEqual([claim(1, 100)]);
  expect(latestClaim(claimDir)).toEqual(claim(2, 200));
  expect(isSuperseded(claimDir, 1)).toBe(true);
  expect(isSuperseded(claimDir, 2)).toBe(false);
  expect(readdirSync(claimDir)).toEqual(['2.json']);
});

test('a starter that slept for several generations does not get a number that has become free', () => {
  tryToClaim(claimDir, claim(1, 100));
  tryToClaim(claimDir, claim(2, 200));
  tryToClaim(claimDir, claim(3, 300));
  expect(existsSync(join(claimDir, '2.json'))).toBe(false);
  expect(tryToClaim(claimDir, claim(2, 400))).toBeUndefined();
  expect(latestClaim(claimDir)).toEqual(claim(3, 300));
  expect(readdirSync(claimDir)).toEqual(['3.json']);
});

test('generations are compared as numbers, not as text', () => {
  tryToClaim(claimDir, claim(9, 900));
  tryToClaim(claimDir, claim(10, 1000));
  expect(latestClaim(claimDir)).toEqual(claim(10, 1000));
});

test('a claim that a power failure cut short is dead, and can be replaced', () => {
  tryToClaim(claimDir, claim(1, 100));
  writeFileSync(join(claimDir, '1.json'), '{"gener');
  expect(latestClaim(claimDir)).toEqual({ generation: 1, pid: 0, socketPath: '' });
  expect(tryToClaim(claimDir, claim(2, 200))).toEqual([]);
});
