export { currentTraceContext } from './current-trace-context.ts';
export { TraceContextColumn, type TraceContextColumnOptions } from './trace-context-column.ts';
