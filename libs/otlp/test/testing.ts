// For the suites of other projects; never built, hence in no `dist`.
export { encodeByReference } from './reference-codec.ts';
export { tracesRequests } from './traces-arbitrary.ts';
