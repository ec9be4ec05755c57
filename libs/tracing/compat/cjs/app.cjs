'use strict';
const { trace } = require('@opentelemetry/api');
const tracing = require('@span-links/tracing');
const { runApp } = require('../shared/app.cjs');

runApp({ trace, tracing });
