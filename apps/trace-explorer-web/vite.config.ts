import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `vite` finds the server while the page is being worked on. */
const explorer = 'http://127.0.0.1:4318';

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['span-links-source', 'module', 'browser', 'development|production'] },
  build: {
    target: 'es2022',
    // The server's content security policy allows no data: in scripts, and small files are cheap over a kept connection.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // A busy machine is no reason for a warning at every start.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': explorer, '/v1': explorer, '/jaeger': explorer },
  },
});
