import { test } from 'node:test';
import * as tracing from '@span-links/tracing';
import * as amqplib from '@span-links/tracing/amqplib';
import * as bullmq from '@span-links/tracing/bullmq';
import * as kafka from '@span-links/tracing/kafka';
import * as nats from '@span-links/tracing/nats';
import * as pgBoss from '@span-links/tracing/pg-boss';
import * as sqs from '@span-links/tracing/sqs';
import { messageScenarios } from '../shared/messages.cjs';

messageScenarios({ test, tracing, adapters: { amqplib, bullmq, kafka, nats, pgBoss, sqs } });
