/** The words as they come, passage by passage; the one that is heard is marked, and a click on one plays it. */
import { memo, useEffect, useMemo, useRef, type KeyboardEvent, type MouseEvent } from 'react';
import { formatClock } from '../shell/format-quantity.ts';
import { markAt, piecesOf, type Mark } from '../speak/follow-words.ts';
import type { ListenRun, PendingWords } from './listen-run.ts';
import type { RecordingPlayer } from './recording-player.ts';
import { allMarks, type Passage } from './transcript-words.ts';

type TranscriptViewProps = { readonly run: ListenRun; readonly player: RecordingPlayer };

/** Whoever scrolls by hand wants to read elsewhere for a while. */
const handsOffMs = 4_000;

export function TranscriptView({ run: { passages, pending, phase }, player }: TranscriptViewProps) {
  const box = useRef<HTMLElement>(null);
  const marks = useMemo(() => allMarks(passages), [passages]);
  useFollowing(box, player, marks);
  useGrowing(box, player, passages, pending);

  const playFrom = (mark: Mark | undefined) => {
    const { state } = player.snapshot();
    if (mark && state !== 'none' && state !== 'unplayable') player.playFrom(mark.startSeconds);
  };
  const onClick = (event: MouseEvent) => {
    const number = event.target instanceof HTMLElement ? event.target.dataset['mark'] : undefined;
    // A selection is not a wish to hear.
    if (number !== undefined && window.getSelection()?.isCollapsed !== false) playFrom(marks[Number(number)]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === ' ' && player.snapshot().state !== 'none') {
      event.preventDefault();
      return player.togglePlay();
    }
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined || marks.length === 0) return undefined;
    event.preventDefault();
    return playFrom(marks[Math.max(0, Math.min(marks.length - 1, markAt(marks, player.positionSeconds()) + step))]);
  };

  return (
    // It scrolls and takes the arrow keys, so it takes the focus.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/no-noninteractive-tabindex
    <section className="transcript" aria-label="What was heard; left and right go word by word, space plays and pauses" aria-busy={phase === 'hearing' || phase === 'live'} tabIndex={0} ref={box} onClick={onClick} onKeyDown={onKeyDown}>
      {passages.map((passage) => <PassageView key={passage.id} passage={passage} pending={passage.id === pending?.utterance ? pending.text : ''} />)}
      {pending && passages.at(-1)?.id !== pending.utterance && <p className="passage"><span className="passage-time" /><span className="passage-pending">{pending.text.trim()}</span></p>}
    </section>
  );
}

/** A long recording has thousands of words: only what is new is drawn. */
const PassageView = memo(function PassageView({ passage: { text, marks, firstMark, startSeconds }, pending }: { readonly passage: Passage; readonly pending: string }) {
  return (
    <p className="passage">
      <span className="passage-time figure">{formatClock(startSeconds).replace(/\.\d$/, '')}</span>
      <span>
        {piecesOf(text, marks, { ssml: false }).map((piece, index) => (piece.mark === undefined
          ? <span key={`text-${index}`}>{piece.text}</span>
          : <span key={`mark-${piece.mark}`} data-mark={firstMark + piece.mark}>{piece.text}</span>))}
        {pending !== '' && <span className="passage-pending">{pending}</span>}
      </span>
    </p>
  );
});

/** Once a frame while it plays, by the player's own clock; React has no part in it. */
function useFollowing(box: { readonly current: HTMLElement | null }, player: RecordingPlayer, marks: readonly Mark[]): void {
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const still = matchMedia('(prefers-reduced-motion: reduce)');
    let shown = element.querySelector<HTMLElement>('[data-now]') ?? undefined;
    let handsOffUntil = 0;
    let frame = 0;

    const follow = () => {
      const position = player.positionSeconds();
      const number = position > 0 ? markAt(marks, position) : -1;
      const now = number < 0 ? undefined : element.querySelector<HTMLElement>(`[data-mark="${number}"]`) ?? undefined;
      if (now !== shown) {
        shown?.removeAttribute('data-now');
        now?.setAttribute('data-now', '');
        shown = now;
        if (now && performance.now() > handsOffUntil) bringIntoView(element, now, still.matches ? 'auto' : 'smooth');
      }
      if (player.snapshot().state === 'playing') frame = requestAnimationFrame(follow);
    };
    const onChange = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(follow);
    };
    const onHand = () => { handsOffUntil = performance.now() + handsOffMs; };

    const unsubscribe = player.subscribe(onChange);
    element.addEventListener('wheel', onHand, { passive: true });
    element.addEventListener('touchmove', onHand, { passive: true });
    onChange();
    return () => {
      cancelAnimationFrame(frame);
      unsubscribe();
      element.removeEventListener('wheel', onHand);
      element.removeEventListener('touchmove', onHand);
    };
  }, [box, player, marks]);
}

/** The newest words stay in view for whoever has not scrolled away from them, as long as nothing plays. */
function useGrowing(box: { readonly current: HTMLElement | null }, player: RecordingPlayer, passages: readonly Passage[], pending: PendingWords | undefined): void {
  const heightBefore = useRef(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const wasAtEnd = element.scrollTop + element.clientHeight >= heightBefore.current - 40;
    if (wasAtEnd && player.snapshot().state !== 'playing') element.scrollTo({ top: element.scrollHeight });
    heightBefore.current = element.scrollHeight;
  }, [box, player, passages, pending]);
}

/** Within the box only: the page around it stays where it is. */
function bringIntoView(element: HTMLElement, word: HTMLElement, behavior: ScrollBehavior): void {
  const top = word.offsetTop - element.scrollTop;
  if (top >= 0 && top + word.offsetHeight <= element.clientHeight - word.offsetHeight) return;
  element.scrollTo({ top: word.offsetTop - element.clientHeight / 3, behavior });
}
