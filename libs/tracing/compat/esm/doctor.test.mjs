import { test } from 'node:test';
import { doctorScenarios } from '../shared/doctor.cjs';

doctorScenarios({ test, flags: ['--import', '@span-links/tracing/register'] });
