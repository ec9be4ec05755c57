import { test } from 'node:test';
import * as tracing from '@span-links/tracing';
import * as sampler from '@span-links/tracing/sampler';
import { coreScenarios } from '../shared/core.cjs';

coreScenarios({ test, tracing, sampler });
