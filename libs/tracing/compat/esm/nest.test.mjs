import 'reflect-metadata';
import { test } from 'node:test';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import * as schedule from '@nestjs/schedule';
import * as nestjs from '@span-links/tracing/nestjs';
import * as ticking from '@span-links/tracing/nestjs/schedule';
import { nestScenarios } from '../shared/nest.cjs';

nestScenarios({ test, common, core, schedule, nestjs, ticking });
