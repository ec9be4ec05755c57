import { test } from 'node:test';
import { journalScenarios } from '../shared/journal.cjs';

journalScenarios({ test, app: 'esm/journal-app.mjs' });
