import { register } from 'node:module';

// Loaded with --import: exercises are TypeScript with decorators, which Node.js 20 does not read.
register('./typescript-hooks.js', import.meta.url);
