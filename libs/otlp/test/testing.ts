// For the suites of other projects. It is never built, so it is not in `dist`.
export { encodeByReference } from './reference-codec.ts';
export { tracesRequests } from './traces-arbitrary.ts';
