'use strict';
const { test } = require('node:test');
const { doctorScenarios } = require('../shared/doctor.cjs');

doctorScenarios({ test, flags: ['--require', '@span-links/tracing/register'] });
