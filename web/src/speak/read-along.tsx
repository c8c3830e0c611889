/** The text that is being spoken, with the word that is heard marked; a click on a word goes there. */
import { useEffect, useMemo, useRef, type KeyboardEvent, type MouseEvent } from 'react';
import { markAt, marksOf, piecesOf, type Mark } from './follow-words.ts';
import type { SpeechRun } from './speech-run.ts';
import type { SpeechSession } from './speech-session.ts';

type ReadAlongProps = { readonly run: SpeechRun; readonly session: SpeechSession };

/** Whoever scrolls by hand wants to read elsewhere for a while. */
const handsOffMs = 4_000;

export function ReadAlong({ run, session }: ReadAlongProps) {
  const box = useRef<HTMLElement>(null);
  const { request, sentences } = run;
  const marks = useMemo(() => marksOf(sentences, request?.input ?? ''), [sentences, request]);
  const pieces = useMemo(() => piecesOf(request?.input ?? '', marks, { ssml: request?.markup === 'ssml' }), [request, marks]);
  useFollowing(box, session, marks);

  const goTo = (mark: Mark | undefined) => {
    if (mark && mark.startSeconds <= run.receivedSeconds) session.seek(mark.startSeconds);
  };
  const onClick = (event: MouseEvent) => {
    const number = event.target instanceof HTMLElement ? event.target.dataset['mark'] : undefined;
    // A selection is not a wish to hear.
    if (number !== undefined && window.getSelection()?.isCollapsed !== false) goTo(marks[Number(number)]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined || marks.length === 0) return;
    event.preventDefault();
    goTo(marks[Math.max(0, Math.min(marks.length - 1, markAt(marks, session.positionSeconds()) + step))]);
  };

  if (request === undefined || run.phase === 'failed') return null;
  return (
    // The mark moves without a word to screen readers: they would talk over the voice. It scrolls, so it takes the focus.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/no-noninteractive-tabindex
    <section className="read-along" aria-label="What is spoken; left and right go word by word" tabIndex={0} ref={box} onClick={onClick} onKeyDown={onKeyDown}>
      {pieces.map((piece, index) => (piece.mark === undefined
        ? <span key={`text-${index}`}>{piece.text}</span>
        : <span key={`mark-${piece.mark}`} data-mark={piece.mark}>{piece.text}</span>))}
    </section>
  );
}

/** Once a frame while sound comes out, by the player's own clock; React has no part in it. */
function useFollowing(box: { readonly current: HTMLElement | null }, session: SpeechSession, marks: readonly Mark[]): void {
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const spans = element.querySelectorAll<HTMLElement>('[data-mark]');
    const still = matchMedia('(prefers-reduced-motion: reduce)');
    let shown = element.querySelector<HTMLElement>('[data-now]') ?? undefined;
    let handsOffUntil = 0;
    let frame = 0;

    const follow = () => {
      cancelAnimationFrame(frame);
      const position = session.positionSeconds();
      const now = position > 0 ? spans[markAt(marks, position)] : undefined;
      if (now !== shown) {
        shown?.removeAttribute('data-now');
        now?.setAttribute('data-now', '');
        shown = now;
        if (now && performance.now() > handsOffUntil) bringIntoView(element, now, still.matches ? 'auto' : 'smooth');
      }
      if (session.snapshot().playback === 'playing') frame = requestAnimationFrame(follow);
    };
    const onChange = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(follow);
    };
    const onHand = () => { handsOffUntil = performance.now() + handsOffMs; };

    const unsubscribe = session.subscribe(onChange);
    element.addEventListener('wheel', onHand, { passive: true });
    element.addEventListener('touchmove', onHand, { passive: true });
    onChange();
    return () => {
      cancelAnimationFrame(frame);
      unsubscribe();
      element.removeEventListener('wheel', onHand);
      element.removeEventListener('touchmove', onHand);
    };
  }, [box, session, marks]);
}

/** Within the box only: the page around it stays where it is. */
function bringIntoView(element: HTMLElement, word: HTMLElement, behavior: ScrollBehavior): void {
  const top = word.offsetTop - element.scrollTop;
  if (top >= 0 && top + word.offsetHeight <= element.clientHeight - word.offsetHeight) return;
  element.scrollTo({ top: word.offsetTop - element.clientHeight / 3, behavior });
}
