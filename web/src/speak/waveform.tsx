/** The waveform as a slider: seen as a drawing, moved by pointer and keys, read as a position. */
import { useEffect, useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { formatClock } from '../shell/format-quantity.ts';
import { drawWaveform, readColours } from './draw-waveform.ts';
import { spanSeconds, type SpeechRun } from './speech-run.ts';
import type { SpeechSession } from './speech-session.ts';

type WaveformProps = { readonly run: SpeechRun; readonly session: SpeechSession };

const keySteps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 };

export function Waveform({ run, session }: WaveformProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const span = spanSeconds(run);
  useDrawing(canvas, session);

  const seekTo = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    session.seek(Math.min(run.receivedSeconds, Math.max(0, ((event.clientX - left) / width) * span)));
  };
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (run.receivedSeconds === 0 || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    seekTo(event);
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) seekTo(event);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = keySteps[event.key];
    const position = session.positionSeconds();
    const target = event.key === 'Home' ? 0 : event.key === 'End' ? run.receivedSeconds : step === undefined ? undefined : position + step;
    if (target === undefined || run.receivedSeconds === 0) return;
    event.preventDefault();
    session.seek(Math.min(run.receivedSeconds, Math.max(0, target)));
  };

  return (
    <div
      className="waveform"
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- an input element cannot hold the drawing.
      role="slider"
      tabIndex={run.receivedSeconds === 0 ? -1 : 0}
      aria-label="Position"
      aria-disabled={run.receivedSeconds === 0}
      aria-valuemin={0}
      aria-valuemax={Math.round(run.receivedSeconds * 10) / 10}
      aria-valuenow={run.positionSeconds}
      aria-valuetext={`${formatClock(run.positionSeconds)} of ${formatClock(run.receivedSeconds)}`}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} aria-hidden="true" />
    </div>
  );
}

/** Every frame while something moves, and once after every change of the speech, the size or the colours. */
function useDrawing(canvas: { readonly current: HTMLCanvasElement | null }, session: SpeechSession): void {
  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const still = matchMedia('(prefers-reduced-motion: reduce)');
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    let colours = readColours(element);
    let shownSpan = 0;
    let frame = 0;

    const draw = () => {
      cancelAnimationFrame(frame);
      const run = session.snapshot();
      const wanted = spanSeconds(run);
      // The scale glides to its new value, unless motion is unwelcome or the speech is a new one.
      const jump = still.matches || shownSpan === 0 || run.phase === 'asking' || Math.abs(wanted - shownSpan) < 0.02;
      shownSpan = jump ? wanted : shownSpan + (wanted - shownSpan) * 0.2;
      const { clientWidth: width, clientHeight: height } = element;
      if (width > 0) {
        drawWaveform(element, {
          width, height, pixelRatio: window.devicePixelRatio, colours,
          peaks: session.take()?.peaks, receivedSeconds: run.receivedSeconds, positionSeconds: session.positionSeconds(), spanSeconds: shownSpan,
        });
      }
      if (run.playback === 'playing' || shownSpan !== wanted) frame = requestAnimationFrame(draw);
    };
    const onChange = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(draw);
    };
    const recolour = () => {
      colours = readColours(element);
      onChange();
    };

    const unsubscribe = session.subscribe(onChange);
    const sizes = new ResizeObserver(onChange);
    sizes.observe(element);
    const themes = new MutationObserver(recolour);
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    scheme.addEventListener('change', recolour);
    return () => {
      cancelAnimationFrame(frame);
      unsubscribe();
      sizes.disconnect();
      themes.disconnect();
      scheme.removeEventListener('change', recolour);
    };
  }, [canvas, session]);
}
