/** What was said and answered, oldest first; the newest stays in sight. */
import { useEffect, useRef } from 'react';
import { formatDelay } from '../shell/format-quantity.ts';
import { ListenIcon, PlayIcon } from '../shell/icons.tsx';
import { describeRun, isBusy, type Exchange, type TalkRun } from './talk-run.ts';

type ConversationProps = { readonly run: TalkRun; readonly onReplay: (exchange: Exchange) => void };

export function Conversation({ run, onReplay }: ConversationProps) {
  const end = useRef<HTMLLIElement>(null);
  const newest = run.exchanges.at(-1);
  useEffect(() => {
    // Not scrollIntoView: that would move the whole page.
    const list = end.current?.parentElement;
    if (list) list.scrollTop = list.scrollHeight;
  }, [newest?.reply, newest?.said, run.phase]);

  if (run.exchanges.length === 0) {
    return (
      <div className="empty talk-empty">
        <ListenIcon />
        <p>Type or speak. The first sentence of the answer is heard while the rest is still being written.</p>
      </div>
    );
  }
  return (
    <ol className="conversation" aria-label="Conversation">
      {run.exchanges.map((exchange) => (
        <ExchangeRow key={exchange.id} exchange={exchange} waiting={exchange === newest && isBusy(run) ? describeRun(run) : ''} onReplay={() => onReplay(exchange)} />
      ))}
      <li ref={end} aria-hidden="true" />
    </ol>
  );
}

type ExchangeRowProps = { readonly exchange: Exchange; readonly waiting: string; readonly onReplay: () => void };

function ExchangeRow({ exchange, waiting, onReplay }: ExchangeRowProps) {
  const { said, reply, audioUrl, failure } = exchange;
  return (
    <li className="exchange">
      <p className="said"><span className="visually-hidden">You: </span>{said ?? '…'}</p>
      {(reply !== '' || waiting !== '') && (
        <div className="reply">
          <p><span className="visually-hidden">Antiphon: </span>{reply}{waiting !== '' && reply === '' && <span className="quiet">{waiting}</span>}</p>
          {waiting === '' && <Figures exchange={exchange} />}
        </div>
      )}
      {failure && <p className="field-error" role="alert">{failure.message}</p>}
      {audioUrl !== undefined && waiting === '' && (
        <button type="button" className="text-button replay" onClick={onReplay}><PlayIcon />Hear again</button>
      )}
    </li>
  );
}

function Figures({ exchange: { provider, model, insteadOf, timings, firstSoundMs } }: { readonly exchange: Exchange }) {
  const facts = [
    provider === undefined ? undefined : `${provider}${model === undefined || model === provider ? '' : ` · ${model}`}${insteadOf === undefined ? '' : `, in place of ${insteadOf}`}`,
    timings === undefined || timings.stt_ms === 0 ? undefined : `heard in ${formatDelay(timings.stt_ms)}`,
    firstSoundMs === undefined ? undefined : `first sound after ${formatDelay(firstSoundMs)}`,
  ].filter((fact) => fact !== undefined);
  return facts.length === 0 ? null : <p className="quiet figure">{facts.join(' · ')}</p>;
}
