/** All voices, by engine and language, to be searched and heard. One radio group: arrows move, Tab leads to the preview. */
import { useId, useMemo, useState, useSyncExternalStore } from 'react';
import { ChevronIcon, SearchIcon } from '../shell/icons.tsx';
import type { PreviewSession } from './preview-session.ts';
import type { Voices } from './use-voices.ts';
import { automaticChoice, engineTitle, matchesQuery, toGroups, type VoiceChoice, type VoiceGroup } from './voice-choices.ts';
import { VoiceRow } from './voice-row.tsx';

type VoiceChooserProps = {
  readonly voices: Voices;
  readonly choice: VoiceChoice;
  readonly onChoice: (choice: VoiceChoice) => void;
  readonly previews: PreviewSession;
  readonly fault: string | undefined;
};

export function VoiceChooser({ voices, choice, onChoice, previews, fault }: VoiceChooserProps) {
  const id = useId();
  const [query, setQuery] = useState('');
  // On a phone the list is folded away; the style sheet ignores this where there is room.
  const [open, setOpen] = useState(false);
  const preview = useSyncExternalStore(previews.subscribe, previews.snapshot);
  const groups = useMemo(() => {
    const automatic: VoiceGroup = { title: '', detail: '', choices: [automaticChoice] };
    return [automatic, ...toGroups(voices.choices, navigator.language)]
      .map((group) => ({ ...group, choices: group.choices.filter((one) => matchesQuery(one, query)) }))
      .filter(({ choices }) => choices.length > 0);
  }, [voices.choices, query]);
  const shown = groups.reduce((sum, { choices }) => sum + choices.length, 0);

  return (
    <section className="panel voices" aria-labelledby={`${id}-title`} data-open={open}>
      <div className="voices-head">
        <h2 id={`${id}-title`}>Voice</h2>
        <p className="voices-current"><strong>{choice.name}</strong> {choice === automaticChoice ? '' : engineTitle(choice.model)}</p>
        <button type="button" className="button voices-fold" aria-expanded={open} aria-controls={`${id}-list`} onClick={() => setOpen(!open)}>{open ? 'Done' : 'Choose'}<ChevronIcon /></button>
      </div>
      {fault !== undefined && <p className="field-error" role="alert">{fault}</p>}
      <div id={`${id}-list`} className="voices-body">
        <div className="search">
          <SearchIcon />
          <input type="search" value={query} placeholder={`Search ${voices.choices.length} voices`} aria-label="Search voices" onChange={(event) => setQuery(event.target.value)} />
        </div>
        <output className="visually-hidden">{query === '' ? '' : `${shown} ${shown === 1 ? 'voice' : 'voices'} found`}</output>
        {voices.failure && <p className="field-error" role="alert">{voices.failure.message}</p>}
        <fieldset className="voice-list">
          <legend className="visually-hidden">Voice</legend>
          {groups.map((group) => (
            <fieldset key={group.title} className="voice-group" aria-label={group.title === '' ? 'Default' : group.title}>
              {group.title !== '' && <h3>{group.title}<span>{group.detail}</span></h3>}
              {group.choices.map((one) => (
                <VoiceRow
                  key={one.key}
                  choice={one}
                  selected={one.key === choice.key}
                  preview={preview.key === one.key ? preview.phase : 'idle'}
                  failure={preview.failure?.key === one.key ? preview.failure.message : undefined}
                  onSelect={() => onChoice(one)}
                  onPreview={() => previews.toggle(one)}
                />
              ))}
            </fieldset>
          ))}
          {shown === 0 && <p className="quiet voice-none">No voice matches “{query}”.</p>}
        </fieldset>
      </div>
    </section>
  );
}
