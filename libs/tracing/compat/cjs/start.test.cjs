'use strict';
const { test } = require('node:test');
const { startScenarios } = require('../shared/start.cjs');

startScenarios({ test, flags: ['--require', '@span-links/tracing/register'], app: 'cjs/app.cjs' });
