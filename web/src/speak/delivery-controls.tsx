/** How it is said and in which format it is saved. */
import { useId, useState } from 'react';
import { audioFormats, type AudioFormat } from '../api.ts';
import { formatHints } from './format-choices.ts';

type DeliveryControlsProps = {
  readonly speed: number;
  readonly onSpeed: (speed: number) => void;
  readonly format: AudioFormat;
  readonly onFormat: (format: AudioFormat) => void;
  readonly faults: { readonly speed: string | undefined; readonly format: string | undefined };
};

export function DeliveryControls({ speed, onSpeed, format, onFormat, faults }: DeliveryControlsProps) {
  const id = useId();
  return (
    <section className="panel delivery" aria-label="Delivery">
      <SpeedControl speed={speed} onSpeed={onSpeed} fault={faults.speed} />
      <div className="control">
        <div className="control-head">
          <label htmlFor={`${id}-format`}>Format</label>
          <select id={`${id}-format`} value={format} aria-describedby={`${id}-hint`} onChange={(event) => {
            const chosen = audioFormats.find((one) => one === event.target.value);
            if (chosen) onFormat(chosen);
          }}>
            {audioFormats.map((one) => <option key={one} value={one}>{formatHints[one].label}</option>)}
          </select>
        </div>
        <p id={`${id}-hint`} className="quiet">{formatHints[format].hint}</p>
        {faults.format !== undefined && <p className="field-error" role="alert">{faults.format}</p>}
      </div>
    </section>
  );
}

/** The slider's own scale is in octaves: half and double the pace are equally far from normal. */
const steps = { min: -2, max: 2, step: 0.05 } as const;

function SpeedControl({ speed, onSpeed, fault }: { readonly speed: number; readonly onSpeed: (speed: number) => void; readonly fault: string | undefined }) {
  const id = useId();
  const [draft, setDraft] = useState<string>();
  const commit = (text: string) => {
    const value = Number(text.replace(',', '.'));
    if (Number.isFinite(value) && value > 0) onSpeed(round(Math.min(4, Math.max(0.25, value))));
    setDraft(undefined);
  };
  return (
    <div className="control">
      <div className="control-head">
        <label htmlFor={`${id}-slider`}>Speed</label>
        <button type="button" className="text-button" disabled={speed === 1} onClick={() => onSpeed(1)}>Reset<span className="visually-hidden"> speed</span></button>
        <span className="number">
          <input
            type="text"
            inputMode="decimal"
            aria-label="Speed as a number"
            value={draft ?? speed.toFixed(2)}
            onChange={(event) => setDraft(event.target.value)}
            onBlur={(event) => commit(event.target.value)}
            onKeyDown={(event) => { if (event.key === 'Enter') commit(event.currentTarget.value); }}
          /><span aria-hidden="true">×</span>
        </span>
      </div>
      <input
        id={`${id}-slider`}
        type="range"
        {...steps}
        value={Math.log2(speed)}
        aria-valuetext={`${speed} times`}
        style={{ '--fill': `${((Math.log2(speed) + 2) / 4) * 100}%` }}
        onChange={(event) => onSpeed(round(2 ** Number(event.target.value)))}
      />
      <div className="ticks" aria-hidden="true"><span>¼</span><span>½</span><span>1</span><span>2</span><span>4×</span></div>
      {fault !== undefined && <p className="field-error" role="alert">{fault}</p>}
    </div>
  );
}

function round(speed: number): number {
  return Math.round(speed * 100) / 100;
}
