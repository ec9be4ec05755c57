'use strict';
require('reflect-metadata');
const { test } = require('node:test');
const common = require('@nestjs/common');
const core = require('@nestjs/core');
const schedule = require('@nestjs/schedule');
const nestjs = require('@span-links/tracing/nestjs');
const ticking = require('@span-links/tracing/nestjs/schedule');
const { nestScenarios } = require('../shared/nest.cjs');

nestScenarios({ test, common, core, schedule, nestjs, ticking });
