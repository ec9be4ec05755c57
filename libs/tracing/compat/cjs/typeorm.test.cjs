'use strict';
require('reflect-metadata');
const { test } = require('node:test');
const tracing = require('@span-links/tracing');
const column = require('@span-links/tracing/typeorm');
const typeorm = require('typeorm');
const { typeormScenarios } = require('../shared/typeorm.cjs');

typeormScenarios({ test, typeorm, column, tracing });
