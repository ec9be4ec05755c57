import { runCommand } from '@span-links/service-shell';
import { config, configHelp } from './config.ts';
import { runDemo } from './demo.ts';

await runCommand({
  name: 'span-links',
  config,
  configHelp,
  run: runDemo,
});
