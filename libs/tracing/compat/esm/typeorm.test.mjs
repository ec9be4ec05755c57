import 'reflect-metadata';
import { test } from 'node:test';
import * as tracing from '@span-links/tracing';
import * as column from '@span-links/tracing/typeorm';
import * as typeorm from 'typeorm';
import { typeormScenarios } from '../shared/typeorm.cjs';

typeormScenarios({ test, typeorm, column, tracing });
