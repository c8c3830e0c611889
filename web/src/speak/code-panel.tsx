/** The request on the screen as code, with the page's own address, ready to be pasted. */
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { pageKey } from '../access/page-key.ts';
import type { SpeechRequest } from '../api.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { copyText } from '../shell/copy-text.ts';
import { CheckIcon, CopyIcon } from '../shell/icons.tsx';
import { codeSnippet, snippetLanguages, type SnippetLanguage } from './code-snippets.ts';

const confirmMs = 2_000;

export function CodePanel({ request }: { readonly request: SpeechRequest }) {
  const id = useId();
  const [language, setLanguage] = useState<SnippetLanguage>('curl');
  const tabs = useRef<HTMLDivElement>(null);
  const snippet = codeSnippet(language, request, { origin: window.location.origin, needsKey: pageKey() !== undefined });

  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (move === undefined) return;
    const next = (snippetLanguages.indexOf(language) + move + snippetLanguages.length) % snippetLanguages.length;
    setLanguage(snippetLanguages[next]!);
    tabs.current?.querySelectorAll('button')[next]?.focus();
  };

  return (
    <section className="panel code" aria-labelledby={`${id}-title`}>
      <div className="code-head">
        <h2 id={`${id}-title`}>Copy as</h2>
        <div className="tabs" role="tablist" aria-label="Language" ref={tabs}>
          {snippetLanguages.map((one) => (
            <button key={one} type="button" role="tab" id={`${id}-${one}`} aria-selected={one === language} aria-controls={`${id}-panel`} tabIndex={one === language ? 0 : -1} onClick={() => setLanguage(one)} onKeyDown={onKeyDown}>{one}</button>
          ))}
        </div>
        <CopyButton text={snippet} language={language} />
      </div>
      <pre role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${language}`} tabIndex={0}><code>{snippet}</code></pre>
    </section>
  );
}

function CopyButton({ text, language }: { readonly text: string; readonly language: SnippetLanguage }) {
  const announce = useAnnounce();
  const [outcome, setOutcome] = useState<'copied' | 'failed'>();
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = window.setTimeout(() => setOutcome(undefined), confirmMs);
    return () => window.clearTimeout(timer);
  }, [outcome]);

  const copy = async () => {
    const copied = await copyText(text);
    setOutcome(copied ? 'copied' : 'failed');
    announce(copied ? `Copied the ${language} request.` : 'The browser did not let the page copy; select the text instead.');
  };
  return (
    <button type="button" className="button" onClick={() => void copy()}>
      {outcome === 'copied' ? <CheckIcon /> : <CopyIcon />}
      {outcome === 'copied' ? 'Copied' : outcome === 'failed' ? 'Not copied' : 'Copy'}<span className="visually-hidden"> as {language}</span>
    </button>
  );
}
