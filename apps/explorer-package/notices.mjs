import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//;
const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/**
 * The licences of all packages that have files in a bundle. A package without a licence in its manifest is an error: the bundle may
 * not be published then.
 *
 * @param {readonly string[]} files
 */
export function noticesOf(files) {
  const packages = new Map();
  for (const file of files) {
    const path = file.replace(/^\0/, '').split('?')[0].split(sep).join('/');
    const folder = PACKAGE.exec(path)?.[0];
    if (folder === undefined || packages.has(folder) || !existsSync(join(folder, 'package.json'))) continue;
    packages.set(folder, noticeOf(folder));
  }
  const notices = [...new Set(packages.values())].sort();
  const head = 'This package contains code of the packages below, under their licences.\n';
  return { count: notices.length, text: [head, ...notices].join(`\n${'-'.repeat(79)}\n\n`) };
}

function noticeOf(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { name, version, repository } = manifest;
  // Old packages have a list.
  const license = manifest.license ?? manifest.licenses?.map(({ type }) => type).join(' or ');
  if (typeof license !== 'string' || license === '') throw new Error(`${name} ${version} names no licence`);
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENSE_FILE.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), 'utf8').trim());
  const source = typeof repository === 'string' ? repository : repository?.url;
  return [`${name} ${version} (${license})${source ? `\n${source}` : ''}`, ...texts].join('\n\n') + '\n';
}
