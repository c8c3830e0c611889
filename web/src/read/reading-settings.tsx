/** Who reads, how, and into what. */
import { useId, useMemo, type ReactNode } from 'react';
import { audioFormats } from '../api.ts';
import { formatHints } from '../speak/format-choices.ts';
import { automaticChoice, toGroups, type VoiceChoice } from '../speak/voice-choices.ts';
import { spokenLoudnessLufs, type ReadingOptions } from './jobs-api.ts';

type ReadingSettingsProps = {
  readonly choices: readonly VoiceChoice[];
  readonly options: ReadingOptions;
  readonly onChange: (change: Partial<ReadingOptions>) => void;
  /** What the book is called where nobody says otherwise. */
  readonly foundTitle: string;
};

const chapterChoices: readonly { readonly value: ReadingOptions['chapters']; readonly label: string }[] = [
  { value: 'split', label: 'A file for each chapter' },
  { value: 'single', label: 'One file with chapter marks' },
  { value: 'none', label: 'One file, no chapters' },
];

const speeds = [0.75, 0.85, 1, 1.15, 1.25, 1.5, 2];

export function ReadingSettings({ choices, options, onChange, foundTitle }: ReadingSettingsProps) {
  const groups = useMemo(() => toGroups(choices, navigator.language), [choices]);
  const key = (choice: VoiceChoice) => `${choice.model} ${choice.voice}`;
  const choose = (value: string) => {
    const found = [automaticChoice, ...choices].find((choice) => key(choice) === value);
    if (found) onChange({ model: found.model, voice: found.voice });
  };
  return (
    <section className="panel reading-settings" aria-label="Settings">
      <Field label="Voice">{(id) => (
        <select id={id} value={`${options.model} ${options.voice}`} onChange={(event) => choose(event.target.value)}>
          <option value={key(automaticChoice)}>{automaticChoice.name}</option>
          {groups.map((group) => (
            <optgroup key={group.title} label={group.title}>
              {group.choices.map((choice) => <option key={choice.key} value={key(choice)}>{choice.name}</option>)}
            </optgroup>
          ))}
        </select>
      )}</Field>
      <Field label="Speed">{(id) => (
        <select id={id} value={options.speed} onChange={(event) => onChange({ speed: Number(event.target.value) })}>
          {speeds.map((speed) => <option key={speed} value={speed}>{speed} ×</option>)}
        </select>
      )}</Field>
      <Field label="Format">{(id) => (
        <select id={id} value={options.format} onChange={(event) => {
          const format = audioFormats.find((one) => one === event.target.value);
          if (format) onChange({ format });
        }}>
          {audioFormats.map((one) => <option key={one} value={one}>{formatHints[one].label}</option>)}
        </select>
      )}</Field>
      <Field label="Chapters">{(id) => (
        <select id={id} value={options.chapters} onChange={(event) => {
          const chosen = chapterChoices.find(({ value }) => value === event.target.value);
          if (chosen) onChange({ chapters: chosen.value });
        }}>
          {chapterChoices.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
        </select>
      )}</Field>
      <Field label="Title">{(id) => <input id={id} type="text" value={options.title} placeholder={foundTitle} maxLength={120} onChange={(event) => onChange({ title: event.target.value })} />}</Field>
      <Field label="Author">{(id) => <input id={id} type="text" value={options.author} maxLength={120} onChange={(event) => onChange({ author: event.target.value })} />}</Field>
      <label className="reading-check"><input type="checkbox" checked={options.loudness} onChange={(event) => onChange({ loudness: event.target.checked })} />Even loudness, {spokenLoudnessLufs} LUFS</label>
      <label className="reading-check"><input type="checkbox" checked={options.captions} onChange={(event) => onChange({ captions: event.target.checked })} />Captions beside the audio (SRT, VTT)</label>
    </section>
  );
}

function Field({ label, children }: { readonly label: string; readonly children: (id: string) => ReactNode }) {
  const id = useId();
  return <div className="reading-field"><label htmlFor={id}>{label}</label>{children(id)}</div>;
}
