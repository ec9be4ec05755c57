// Packs the library as `npm publish` would, its build included, and checks the tarball with the tools that judge packages.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { LIBRARY } from './entry-points.mjs';

/** Vitest is an ES module, so its matchers are one, too. `require()` of them cannot work, and attw says so. */
const NOT_FOR_REQUIRE = ['--exclude-entrypoints', './testing/vitest'];

const place = mkdtempSync(join(tmpdir(), 'span-links-pack-'));
const problems = [];
try {
  // Without a build of another time: what prepack makes has to be complete.
  rmSync(join(LIBRARY, 'dist'), { recursive: true, force: true });
  const answer = execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', place], {
    cwd: LIBRARY,
    encoding: 'utf8',
  });
  const [{ filename }] = JSON.parse(answer.slice(answer.indexOf('[')));
  execFileSync('tar', ['xzf', filename], { cwd: place });
  const unpacked = join(place, 'package');
  const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'));

  checkFiles(unpacked, manifest);
  const { messages, pkg } = await publint({ pkgDir: unpacked, pack: false, strict: true });
  problems.push(...messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`));
  checkTypes(join(place, filename));
} finally {
  rmSync(place, { recursive: true, force: true });
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
else process.stdout.write('the package is complete; publint and attw are content\n');

function checkFiles(unpacked, manifest) {
  for (const field of ['repository', 'homepage', 'bugs', 'license', 'description', 'engines']) {
    if (manifest[field] === undefined) problems.push(`package.json has no ${field}`);
  }
  const paths = JSON.stringify([manifest.exports, manifest.bin, manifest.main, manifest.types]).match(
    /\.\/dist\/[^"]+/g,
  );
  for (const path of new Set(paths))
    if (!existsSync(join(unpacked, path))) problems.push(`${path} is missing`);
  for (const entry of readdirSync(join(unpacked, 'dist'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    if (/^\/\/# sourceMappingURL=/m.test(readFileSync(file, 'utf8')))
      problems.push(`${file} names a map that is not there`);
  }
}

/** Are the types wrong? Resolution of before Node.js 12 is left out: it knows no `exports`. */
function checkTypes(tarball) {
  const require = createRequire(import.meta.url);
  const attw = join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js');
  const options = [tarball, '--profile', 'node16', '--format', 'ascii', '--no-emoji', ...NOT_FOR_REQUIRE];
  const { status, stdout, stderr } = spawnSync(process.execPath, [attw, ...options], { encoding: 'utf8' });
  if (status !== 0) problems.push(`attw: ${stdout}${stderr}`);
}
