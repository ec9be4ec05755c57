// Installs the packages of the site. They are not in the workspace, so that `npm ci` does not install 100 MB that only the site needs.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const here = (path) => new URL(path, import.meta.url);
const lock = readFileSync(here('package-lock.json'), 'utf8');
const installed = here('node_modules/.installed.json');

function readInstalled() {
  try {
    return readFileSync(installed, 'utf8');
  } catch {
    return undefined;
  }
}

if (readInstalled() !== lock) {
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here('.'),
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  writeFileSync(installed, lock);
}
