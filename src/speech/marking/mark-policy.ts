/** Who is marked: whatever leaves the free lane, and whatever is made under a plan that says so, in every format and protocol. */
import type { Caller } from '../../caller.ts';

export function owesMark({ lane, plan }: Caller): boolean {
  return lane === 'free' || plan?.watermark === true;
}
