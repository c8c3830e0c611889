/** A key that was just made: shown this once, to be copied. */
import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../shell/announcer.tsx';
import { copyText } from '../shell/copy-text.ts';
import { CheckIcon, CopyIcon } from '../shell/icons.tsx';
import type { MadeKey } from './keys-api.ts';

type MadeKeyPanelProps = { readonly made: MadeKey; readonly onDone: () => void };

export function MadeKeyPanel({ made: { key, user, plan }, onDone }: MadeKeyPanelProps) {
  const announce = useAnnounce();
  const panel = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState<boolean>();
  useEffect(() => panel.current?.focus(), []);

  const copy = async () => {
    const done = await copyText(key);
    setCopied(done);
    announce(done ? 'Copied the key.' : 'The browser did not let the page copy; select the key instead.');
  };
  return (
    <section className="panel made-key" aria-labelledby="made-key-title" ref={panel} tabIndex={-1}>
      <h2 id="made-key-title">A key for {user}, plan {plan}</h2>
      <p className="quiet">It is shown this once: the server keeps only its digest.</p>
      <div className="made-key-line">
        <input readOnly value={key} aria-label="The new key" onFocus={(event) => event.target.select()} />
        <button type="button" className="button" onClick={() => void copy()}>{copied === true ? <CheckIcon /> : <CopyIcon />}{copied === undefined ? 'Copy' : copied ? 'Copied' : 'Not copied'}</button>
        <button type="button" className="text-button" onClick={onDone}>I have it</button>
      </div>
    </section>
  );
}
