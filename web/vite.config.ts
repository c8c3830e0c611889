/** Builds the web page into web/dist, which the server sends as it is (src/http/web-page.ts). */
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The server's content security policy allows no data: scripts, and the worklet is small enough to be inlined as one.
    assetsInlineLimit: 0,
  },
  server: {
    // `npx vite --config web/vite.config.ts` works against a server that runs on its default port.
    proxy: Object.fromEntries(['/v1', '/api', '/health'].map((path) => [path, 'http://127.0.0.1:8080'])),
  },
});
