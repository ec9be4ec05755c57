import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const workshop = fileURLToPath(new URL('..', import.meta.url));

let folder: string;
let page: string;
let slides: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slides-'));
  const file = join(folder, 'slides.html');
  await promisify(execFile)(process.execPath, [join(workshop, 'export-slides.mjs'), file]);
  page = await readFile(file, 'utf8');
  slides = await readFile(join(workshop, 'slides.md'), 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the exported slides', () => {
  it('have every slide, in order, under its heading', () => {
    const headings = [...slides.matchAll(/^##? (.+)$/gm)].map(([, heading]) => heading);
    expect([...page.matchAll(/<h[12]>(.+)<\/h[12]>/g)].map(([, heading]) => heading)).toEqual(headings);
    expect(page.match(/<section /g)).toHaveLength(headings.length);
  });

  it('contain the pictures of the exercises, unchanged, with a text for those who do not see them', async () => {
    const sources = [...slides.matchAll(/!\[(.+) height:420px\]\((.+)\)/g)];
    expect(sources).toHaveLength(5);
    for (const [, text, file] of sources) {
      const picture = await readFile(join(workshop, file!), 'base64');
      expect(page).toContain(`<img alt="${text}" src="data:image/svg+xml;base64,${picture}" />`);
    }
  });

  it('need no other file and no network', () => {
    const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
    expect(addresses.filter((address) => !address.startsWith('data:'))).toEqual([]);
    expect(page).not.toMatch(/@import|url\(/);
  });
});
