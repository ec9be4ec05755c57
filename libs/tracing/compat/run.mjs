import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NODES, SDKS } from './matrix.mjs';

// Packs the library, installs the package into empty projects and tries it there, as an ES module and as CommonJS, with every
// Node.js and every SDK that it promises to run on.
const USAGE = `node compat/run.mjs [--node 22] [--sdk sdk-2]

Installs into the folder for temporary files, and keeps it for the next run.`;

const { values } = parseArgs({
  options: { node: { type: 'string' }, sdk: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const library = join(import.meta.dirname, '..');
// Outside of the workspace, whose node_modules would lend the projects what they lack.
const cache = join(tmpdir(), `span-links-compat-${userInfo().username}`);
const results = [];

mkdirSync(cache, { recursive: true, mode: 0o700 });
const tarball = pack();
for (const sdk of SDKS.filter(({ name }) => values.sdk === undefined || name === values.sdk)) {
  const project = install(sdk);
  check(
    `${sdk.name}  types`,
    process.execPath,
    [join(project, 'node_modules/typescript/bin/tsc'), '-p', 'types'],
    project,
  );
  for (const version of sdk.nodes.filter((node) => values.node === undefined || node === values.node)) {
    const node = nodeBinary(version);
    for (const format of ['esm', 'cjs']) {
      check(
        `${sdk.name}  Node.js ${version}  ${format}`,
        node,
        ['--test', ...testsOf(project, format)],
        project,
      );
    }
    const jest = join(project, 'node_modules/jest/bin/jest.js');
    check(
      `${sdk.name}  Node.js ${version}  jest`,
      node,
      [jest, '--ci', '--config', 'jest/jest.config.json'],
      project,
    );
  }
}
if (results.length === 0)
  throw new Error(`nothing to try: --node is one of ${NODES}, --sdk one of ${SDKS.map(({ name }) => name)}`);
const failed = results.filter(({ passed }) => !passed);
console.log(`${results.length - failed.length} of ${results.length} passed`);
process.exit(failed.length > 0 ? 1 : 0);

function pack() {
  const [{ filename, files, size }] = JSON.parse(
    npm(['pack', '--json', '--ignore-scripts', '--pack-destination', cache], library),
  );
  console.log(`packed  ${files.length} files, ${Math.round(size / 1024)} kB`);
  return join(cache, filename);
}

/** An empty project with the package and one SDK. What npm can take from its last run, it does. */
function install({ name, packages }) {
  const project = join(cache, name);
  mkdirSync(project, { recursive: true });
  for (const folder of readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )) {
    rmSync(join(project, folder.name), { recursive: true, force: true });
    cpSync(join(import.meta.dirname, folder.name), join(project, folder.name), { recursive: true });
  }
  // The version of the package stays the same while its content changes: npm must not keep the one it has.
  rmSync(join(project, 'node_modules/@span-links'), { recursive: true, force: true });
  rmSync(join(project, 'package-lock.json'), { force: true });
  const dependencies = { ...packages, '@span-links/tracing': `file:${tarball}` };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, dependencies }, null, 2));
  npm(['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'], project);
  console.log(`installed  ${name}`);
  return project;
}

/** The binary of a Node.js version, out of the package that npm serves it as. */
function nodeBinary(version) {
  const packageName = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = join(cache, `node-${version}`);
  const binary = join(
    folder,
    'node_modules',
    packageName,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    npm(
      [
        'install',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        '--no-package-lock',
        `${packageName}@${version}`,
      ],
      folder,
    );
  }
  return binary;
}

function testsOf(project, format) {
  return readdirSync(join(project, format))
    .filter((file) => /\.test\.[cm]js$/.test(file))
    .map((file) => join(format, file));
}

function check(what, command, args, cwd) {
  const env = { ...process.env };
  for (const name of Object.keys(env)) if (/^OTEL_|^NODE_OPTIONS$|^npm_/.test(name)) delete env[name];
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 300_000,
  });
  results.push({ what, passed: status === 0 });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${what}`);
  if (status !== 0) console.log(`${stdout}\n${stderr}`);
}

function npm(args, cwd) {
  // A workspace's npm tells its children that they belong to it; these do not.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_config_(?:local_prefix|workspace)/.test(name)),
  );
  return execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
