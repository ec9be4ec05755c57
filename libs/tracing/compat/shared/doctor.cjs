'use strict';
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

/** The command, as npx would run it. */
exports.doctorScenarios = ({ test, flags }) => {
  test('the doctor finds the set-up of this library sound', () => {
    const command = join(__dirname, '../node_modules/@span-links/tracing/dist/doctor/main.js');
    const { stdout, stderr } = spawnSync(process.execPath, [command, 'doctor', '--json', ...flags], {
      cwd: join(__dirname, '..'),
      encoding: 'utf8',
      env: {
        ...process.env,
        NODE_TEST_CONTEXT: undefined,
        OTEL_SERVICE_NAME: 'compat',
        OTEL_TRACES_EXPORTER: 'none',
      },
    });
    const { findings } = JSON.parse(
      stdout || `{"findings":[{"verdict":"problem","found":${JSON.stringify(stderr)}}]}`,
    );
    assert.deepEqual(
      findings.filter(({ verdict }) => verdict === 'problem'),
      [],
    );
  });
};
