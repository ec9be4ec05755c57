import { serveExplorer } from './serve-explorer.ts';

await serveExplorer();
