/** The voices that can speak now; looked at again from time to time, because one can be dropped into a folder. */
import { useMemo } from 'react';
import { fetchVoices, type ApiFailure } from '../api.ts';
import { usePolled } from '../shell/use-polled.ts';
import { toChoices, type VoiceChoice } from './voice-choices.ts';

export type Voices = { readonly choices: readonly VoiceChoice[]; readonly loading: boolean; readonly failure: ApiFailure | undefined };

const refreshMs = 30_000;
const impatientMs = 2_000;

export function useVoices(visible: boolean): Voices {
  const slow = usePolled({ ask: fetchVoices, intervalMs: refreshMs, enabled: visible });
  // Until the first voices are there (a server that has just started), ask more often.
  const none = (slow.value?.models.length ?? 0) === 0;
  const fast = usePolled({ ask: fetchVoices, intervalMs: impatientMs, enabled: visible && none && slow.value !== undefined });
  const value = none ? fast.value ?? slow.value : slow.value;
  const choices = useMemo(() => (value ? toChoices(value) : []), [value]);
  return { choices, loading: value === undefined, failure: value === undefined ? slow.failure : undefined };
}
