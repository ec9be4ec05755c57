'use strict';
const { test } = require('node:test');
const tracing = require('@span-links/tracing');
const { messageScenarios } = require('../shared/messages.cjs');

const adapters = {
  amqplib: require('@span-links/tracing/amqplib'),
  bullmq: require('@span-links/tracing/bullmq'),
  kafka: require('@span-links/tracing/kafka'),
  nats: require('@span-links/tracing/nats'),
  pgBoss: require('@span-links/tracing/pg-boss'),
  sqs: require('@span-links/tracing/sqs'),
};

messageScenarios({ test, tracing, adapters });
