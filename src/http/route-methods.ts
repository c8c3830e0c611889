/** Which methods a path answers to, so that a wrong method is told from a wrong path. */
import type { RouteOptions } from 'fastify';

export type RouteMethods = {
  readonly add: (route: Pick<RouteOptions, 'url' | 'method'>) => void;
  /** Sorted; empty where no route has this path. */
  readonly allowed: (path: string) => readonly string[];
};

export function createRouteMethods(): RouteMethods {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  return {
    add: ({ url, method }) => {
      // The web page's files take every path there is, so they say nothing about this one.
      if (url !== '/*') routes.push({ pattern: toPattern(url), methods: [method].flat() });
    },
    allowed: (path) => [...new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods))].toSorted(),
  };
}

function toPattern(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.+' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
