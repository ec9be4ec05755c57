import { test } from 'node:test';
import { startScenarios } from '../shared/start.cjs';

startScenarios({ test, flags: ['--import', '@span-links/tracing/register'], app: 'esm/app.mjs' });
