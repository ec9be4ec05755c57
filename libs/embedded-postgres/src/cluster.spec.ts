import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultDataDir } from './cluster.ts';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'default-data-dir-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('every folder of a workspace shares the data folder beside nx.json', () => {
  const app = join(root, 'apps', 'orders-api');
  mkdirSync(app, { recursive: true });
  writeFileSync(join(root, 'nx.json'), '{}');
  expect(defaultDataDir(app)).toBe(join(root, '.data', 'postgres'));
  expect(defaultDataDir(root)).toBe(join(root, '.data', 'postgres'));
});

test('the nearest workspace counts', () => {
  const inner = join(root, 'inner');
  mkdirSync(inner);
  writeFileSync(join(root, 'nx.json'), '{}');
  writeFileSync(join(inner, 'nx.json'), '{}');
  expect(defaultDataDir(inner)).toBe(join(inner, '.data', 'postgres'));
});

test('outside of a workspace the data folder is below the folder itself', () => {
  expect(defaultDataDir(root)).toBe(join(root, '.data', 'postgres'));
});
