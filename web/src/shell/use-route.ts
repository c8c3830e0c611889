/** The page's name in the address after `#/`. */
import { useSyncExternalStore } from 'react';

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

/** One of `known`; the first where the address names none of them. */
export function useRoute<Name extends string>(known: readonly [Name, ...Name[]]): Name {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  const wanted = hash.replace(/^#\/?/, '');
  return known.find((name) => name === wanted) ?? known[0];
}
