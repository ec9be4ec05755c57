'use strict';
const { test } = require('node:test');
const tracing = require('@span-links/tracing');
const sampler = require('@span-links/tracing/sampler');
const { coreScenarios } = require('../shared/core.cjs');

coreScenarios({ test, tracing, sampler });
