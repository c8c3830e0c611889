/** Which model listens, for which language, and what it shall expect. */
import { useId, useMemo, type ReactNode } from 'react';
import { languageName } from './listen-run.ts';
import type { ListeningModel, ListenOptions } from './transcription-api.ts';

type ListenSettingsProps = {
  readonly models: readonly ListeningModel[];
  readonly options: ListenOptions;
  readonly onChange: (change: Partial<ListenOptions>) => void;
};

/** The server chooses. */
export const automaticModel = 'whisper-1';

export function ListenSettings({ models, options, onChange }: ListenSettingsProps) {
  const chosen = models.find(({ model }) => model === options.model);
  const languages = useMemo(() => {
    const codes = new Set((chosen ? [chosen] : models).flatMap((model) => model.languages));
    return [...codes].map((code) => ({ code, name: languageName(code) })).toSorted((a, b) => a.name.localeCompare(b.name));
  }, [models, chosen]);
  const canTranslate = chosen === undefined || chosen.translates;

  return (
    <section className="panel reading-settings listen-settings" aria-label="Settings">
      <Field label="Language">{(id) => (
        <select id={id} value={options.language} onChange={(event) => onChange({ language: event.target.value })}>
          <option value="">Told from the sound</option>
          {languages.map(({ code, name }) => <option key={code} value={code}>{name}</option>)}
        </select>
      )}</Field>
      <Field label="Model">{(id) => (
        <select id={id} value={options.model} onChange={(event) => onChange(afterModel(options, models.find(({ model }) => model === event.target.value)))}>
          <option value={automaticModel}>Automatic</option>
          {models.map(({ model }) => <option key={model} value={model}>{model}</option>)}
        </select>
      )}</Field>
      <Field label="Expect">{(id) => <input id={id} type="text" value={options.prompt} placeholder="Names and rare words" maxLength={800} onChange={(event) => onChange({ prompt: event.target.value })} />}</Field>
      <label className="reading-check"><input type="checkbox" disabled={!canTranslate} checked={options.translate && canTranslate} onChange={(event) => onChange({ translate: event.target.checked })} />Translate into English</label>
    </section>
  );
}

/** What the model does not know is not asked of it. */
function afterModel({ language, translate }: ListenOptions, model: ListeningModel | undefined): Partial<ListenOptions> {
  if (model === undefined) return { model: automaticModel };
  return { model: model.model, language: model.languages.includes(language) ? language : '', translate: translate && model.translates };
}

function Field({ label, children }: { readonly label: string; readonly children: (id: string) => ReactNode }) {
  const id = useId();
  return <div className="reading-field"><label htmlFor={id}>{label}</label>{children(id)}</div>;
}
