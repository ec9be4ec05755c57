import { trace } from '@opentelemetry/api';
import * as tracing from '@span-links/tracing';
import { runApp } from '../shared/app.cjs';

runApp({ trace, tracing });
