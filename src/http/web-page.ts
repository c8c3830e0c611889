/** The web page: static files that the set-up built, cached for good where their name carries a hash. */
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const builtPage = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Only same-origin scripts and media; audio is played from blobs. */
const contentSecurityPolicy = "default-src 'self'; media-src 'self' blob:; img-src 'self' data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

export async function registerWebPage(app: FastifyInstance): Promise<void> {
  if (!existsSync(join(builtPage, 'index.html'))) {
    app.get('/', async (_request, reply) => reply.type('text/plain').send('The web page is not built. `npm start` builds it; so does `node scripts/setup.mjs --web-only`.\n'));
    return;
  }
  await app.register(fastifyStatic, {
    root: builtPage,
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
      reply.header('content-security-policy', contentSecurityPolicy);
      reply.header('referrer-policy', 'no-referrer');
    },
  });
}
