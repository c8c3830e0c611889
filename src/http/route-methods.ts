/** Which methods a path answers to, and in whose words, so that a wrong method is told from a wrong path. */
import type { RouteOptions } from 'fastify';
import type { Dialect } from './dialect.ts';

export type RouteMethods = {
  readonly add: (route: Pick<RouteOptions, 'url' | 'method' | 'config'>) => void;
  /** Methods sorted, empty where no route has this path; the dialect is that of its routes. */
  readonly at: (path: string) => { readonly methods: readonly string[]; readonly dialect: Dialect | undefined };
};

export function createRouteMethods(): RouteMethods {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[]; readonly dialect: Dialect | undefined }[] = [];
  return {
    add: ({ url, method, config }) => {
      // The web page's files take every path there is, so they say nothing about this one.
      if (url !== '/*') routes.push({ pattern: toPattern(url), methods: [method].flat(), dialect: config?.dialect });
    },
    at: (path) => {
      const own = routes.filter(({ pattern }) => pattern.test(path));
      return { methods: [...new Set(own.flatMap(({ methods }) => methods))].toSorted(), dialect: own[0]?.dialect };
    },
  };
}

function toPattern(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.+' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
