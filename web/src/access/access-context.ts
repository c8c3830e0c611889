/** Who uses the page, for the parts of it that are not for everybody. */
import { createContext, useContext } from 'react';
import type { Me } from './access-api.ts';

export type AccessSeen = { readonly me: Me; /** Asks the server anew who we are. */ readonly renew: () => void };

export const AccessContext = createContext<AccessSeen | undefined>(undefined);

/** Only inside a page: those are shown once the server has said who we are. */
export function useMe(): AccessSeen {
  const seen = useContext(AccessContext);
  if (seen === undefined) throw new Error('Nobody has been let in yet.');
  return seen;
}
