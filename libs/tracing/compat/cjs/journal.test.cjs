'use strict';
const { test } = require('node:test');
const { journalScenarios } = require('../shared/journal.cjs');

journalScenarios({ test, app: 'cjs/journal-app.cjs' });
