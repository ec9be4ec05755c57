// Compares the public surface of each entry point with its report in `api/`, so that a review sees every change of it.
//   node package/api-report.mjs            fails if a report is out of date
//   node package/api-report.mjs --update   writes the reports
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { ENTRY_POINTS, LIBRARY } from './entry-points.mjs';

const isUpdate = process.argv.includes('--update');
const reports = join(LIBRARY, 'api');
const temporary = mkdtempSync(join(tmpdir(), 'span-links-api-'));
mkdirSync(reports, { recursive: true });

function configOf({ types, file }) {
  return ExtractorConfig.prepare({
    configObjectFullPath: join(LIBRARY, 'api-extractor.json'),
    packageJsonFullPath: join(LIBRARY, 'package.json'),
    configObject: {
      projectFolder: LIBRARY,
      mainEntryPointFilePath: types,
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(LIBRARY, 'tsconfig.build.json') },
      apiReport: {
        enabled: true,
        reportFileName: file,
        reportFolder: reports,
        reportTempFolder: temporary,
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        // Tags of a release and complete comments are not required here; the reports are about names and types.
        extractorMessageReporting: { default: { logLevel: 'none' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
  });
}

let failed = 0;
try {
  const configs = ENTRY_POINTS.map(configOf);
  const compilerState = CompilerState.create(configs[0], {
    additionalEntryPoints: ENTRY_POINTS.map(({ types }) => types),
  });
  for (const config of configs) {
    const result = Extractor.invoke(config, {
      compilerState,
      localBuild: isUpdate,
      messageCallback: (message) => {
        // The summary below says what to do; errors of the compiler stay.
        if (message.logLevel !== 'error') message.handled = true;
      },
    });
    if (result.errorCount > 0 || (!isUpdate && result.apiReportChanged)) {
      failed += 1;
      process.stderr.write(`api/${config.reportFilePath.split('/').at(-1)} is out of date\n`);
    }
  }
  const expected = new Set(configs.map(({ reportFilePath }) => reportFilePath));
  for (const name of readdirSync(reports)) {
    if (expected.has(join(reports, name))) continue;
    if (isUpdate) rmSync(join(reports, name));
    else failed += 1;
    process.stderr.write(`api/${name} belongs to no entry point\n`);
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
if (failed > 0) {
  process.stderr.write('The public surface changed. If that is wanted: npx nx run tracing:api-report\n');
  process.exitCode = 1;
} else {
  process.stdout.write(`${ENTRY_POINTS.length} entry points are as their reports say\n`);
}
