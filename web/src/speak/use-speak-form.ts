/** What the visitor has chosen; voice, speed and format are remembered. */
import { useEffect, useState } from 'react';
import type { AudioFormat } from '../api.ts';
import { readSettings, writeSettings } from './speak-settings.ts';
import { automaticChoice, type VoiceChoice } from './voice-choices.ts';

export type SpeakForm = {
  readonly text: string;
  /** Text that begins as SSML, or ceases to, sets `markup` too. */
  readonly setText: (text: string) => void;
  readonly markup: 'none' | 'ssml';
  readonly setMarkup: (markup: 'none' | 'ssml') => void;
  readonly choice: VoiceChoice;
  readonly setChoice: (choice: VoiceChoice) => void;
  readonly speed: number;
  readonly setSpeed: (speed: number) => void;
  readonly format: AudioFormat;
  readonly setFormat: (format: AudioFormat) => void;
};

const firstText = 'Antiphon speaks on your own machine. Write anything here, choose a voice by ear, and the first sound comes while the rest is still being made.';

export function useSpeakForm(choices: readonly VoiceChoice[]): SpeakForm {
  const [text, setText] = useState(firstText);
  const [markup, setMarkup] = useState<'none' | 'ssml'>('none');
  const [settings, setSettings] = useState(readSettings);
  useEffect(() => writeSettings(settings), [settings]);
  const change = (part: Partial<typeof settings>) => setSettings((before) => ({ ...before, ...part }));
  return {
    text,
    setText: (next) => {
      setText(next);
      if (beginsAsSsml(next) !== beginsAsSsml(text)) setMarkup(beginsAsSsml(next) ? 'ssml' : 'none');
    },
    markup,
    setMarkup,
    // A remembered voice may have left this machine.
    choice: choices.find(({ key }) => key === settings.voiceKey) ?? automaticChoice,
    setChoice: ({ key }) => change({ voiceKey: key }),
    speed: settings.speed,
    setSpeed: (speed) => change({ speed }),
    format: settings.format,
    setFormat: (format) => change({ format }),
  };
}

function beginsAsSsml(text: string): boolean {
  return /^\s*<(?:\?xml|speak)\b/.test(text);
}
