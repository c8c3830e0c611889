/** One voice: a radio button that chooses it, and a button that lets it speak for itself. */
import { PlayIcon, StopIcon } from '../shell/icons.tsx';
import type { PreviewState } from './preview-session.ts';
import type { VoiceChoice } from './voice-choices.ts';

type VoiceRowProps = {
  readonly choice: VoiceChoice;
  readonly selected: boolean;
  readonly preview: PreviewState['phase'];
  readonly failure: string | undefined;
  readonly onSelect: () => void;
  readonly onPreview: () => void;
};

export function VoiceRow({ choice, selected, preview, failure, onSelect, onPreview }: VoiceRowProps) {
  const { name, voice, gender, note } = choice;
  const detail = note ?? [gender === 'unknown' ? '' : gender, voice].filter(Boolean).join(' · ');
  return (
    <div className="voice" data-selected={selected} data-preview={preview}>
      <label className="voice-label">
        <input type="radio" name="voice" checked={selected} onChange={onSelect} />
        <span className="voice-name">{name}</span>
        <span className="voice-detail">{detail}</span>
      </label>
      <button
        type="button"
        className="icon-button voice-preview"
        aria-label={preview === 'idle' ? `Preview ${name}` : `Stop the preview of ${name}`}
        aria-busy={preview === 'fetching'}
        // Sixty more stops on the way through the page would be too many: the chosen voice's is enough.
        tabIndex={selected ? 0 : -1}
        onClick={onPreview}
      >
        {preview === 'idle' ? <PlayIcon /> : <StopIcon />}
      </button>
      {failure !== undefined && <p className="field-error" role="alert">{failure}</p>}
    </div>
  );
}
