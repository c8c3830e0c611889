/** Plays a take while it grows, through an AudioWorklet. The take stays here; the audio thread is fed a few seconds of it. */
import { playerProcessorName, type PlayerCommand, type PlayerOptions, type PlayerReport, type PlayerState } from './player-messages.ts';
// oxlint-disable-next-line import/default -- Vite makes the module of it: the address of the bundled worklet.
import workletUrl from './player-worklet.ts?worker&url';
import { createTakeFeed, type TakeFeed } from './take-feed.ts';
import type { Take } from './take.ts';
import type { PlayerEvents, TakePlayer } from './take-player.ts';

/** A page that is busy for this long is still not heard. */
const aheadSeconds = 10;
/** Less would not survive a page that draws; more would be felt as delay. */
const prebufferSeconds = 0.08;
/** A running context keeps the device awake; one that rests is resumed with the next gesture. */
const restAfterMs = 3_000;

/** AudioWorklet exists only in secure contexts: https, or localhost. */
export function canStreamAudio(): boolean {
  return typeof AudioWorkletNode === 'function' && window.isSecureContext;
}

type Voice = { readonly feed: TakeFeed; readonly tell: (command: PlayerCommand) => void; readonly stop: () => void };

export function createPcmPlayer({ onState, onProgress, onFirstSound }: PlayerEvents): TakePlayer {
  let context: AudioContext | undefined;
  let moduleLoaded: Promise<void> | undefined;
  let voice: Voice | undefined;
  let state: PlayerState = 'paused';
  let firstSoundTold = false;
  let restTimer: number | undefined;

  function unlock(): AudioContext {
    if (context === undefined || context.state === 'closed') {
      context = new AudioContext({ latencyHint: 'interactive' });
      moduleLoaded = context.audioWorklet.addModule(workletUrl);
      moduleLoaded.catch(() => undefined);
    }
    window.clearTimeout(restTimer);
    if (context.state !== 'running') void context.resume();
    return context;
  }

  function enter(next: PlayerState): void {
    state = next;
    window.clearTimeout(restTimer);
    if (state === 'paused' || state === 'ended') restTimer = window.setTimeout(() => void context?.suspend(), restAfterMs);
    onState(state);
  }

  function hear(report: PlayerReport): void {
    if (voice?.feed.hear(report) !== true) return;
    if (!firstSoundTold && report.firstSampleAt !== undefined && context) {
      firstSoundTold = true;
      onFirstSound(toPageTimeMs(context, report.firstSampleAt));
    }
    if (report.state !== state) enter(report.state);
    onProgress();
  }

  return {
    streams: true,
    unlock: () => void unlock(),
    start: async (take) => {
      voice?.stop();
      voice = undefined;
      const running = unlock();
      await moduleLoaded;
      state = 'paused';
      firstSoundTold = false;
      voice = connect(running, take, hear);
      voice.feed.restartAt(0);
      voice.tell({ type: 'play' });
    },
    takeChanged: () => voice?.feed.feed(),
    play: () => {
      unlock();
      if (state === 'ended') voice?.feed.restartAt(0);
      voice?.tell({ type: 'play' });
    },
    pause: () => voice?.tell({ type: 'pause' }),
    seek: (seconds) => {
      if (!voice) return;
      // Whoever looks for a place in what has ended wants to be there, not to hear it at once.
      if (state === 'ended') {
        enter('paused');
        voice.tell({ type: 'pause' });
      }
      voice.feed.restartAt(Math.round(seconds * voice.feed.take.sampleRateHz));
    },
    positionSeconds: () => {
      if (!voice) return 0;
      const { take, played, startSample } = voice.feed;
      const { sample, contextTime } = played();
      // Between reports the context's clock goes on; what the device still holds has not been heard.
      const sinceReport = state === 'playing' && context && contextTime !== undefined ? context.currentTime - contextTime - (context.outputLatency || 0) : 0;
      const seconds = sample / take.sampleRateHz + sinceReport;
      return Math.max(startSample() / take.sampleRateHz, Math.min(seconds, take.durationSeconds()));
    },
    close: () => {
      voice?.stop();
      voice = undefined;
      window.clearTimeout(restTimer);
      void context?.close();
      context = undefined;
    },
  };
}

function connect(context: AudioContext, take: Take, hear: (report: PlayerReport) => void): Voice {
  const aheadSamples = Math.floor(aheadSeconds * take.sampleRateHz);
  const processorOptions: PlayerOptions = {
    sourceRateHz: take.sampleRateHz,
    capacitySamples: aheadSamples,
    prebufferSamples: Math.round(prebufferSeconds * take.sampleRateHz),
  };
  const node = new AudioWorkletNode(context, playerProcessorName, { numberOfInputs: 0, outputChannelCount: [1], processorOptions });
  const tell = (command: PlayerCommand) => node.port.postMessage(command, command.type === 'samples' ? [command.samples.buffer] : []);
  node.port.onmessage = (event: MessageEvent<PlayerReport>) => hear(event.data);
  node.connect(context.destination);
  return {
    feed: createTakeFeed({ take, aheadSamples, send: tell }),
    tell,
    stop: () => {
      node.port.onmessage = null;
      tell({ type: 'close' });
      node.disconnect();
    },
  };
}

/** The page's time at which what the context made at `contextTime` is heard. */
function toPageTimeMs(context: AudioContext, contextTime: number): number {
  const { contextTime: heardTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
  if (performanceTime === 0) return performance.now() + (contextTime - context.currentTime + (context.outputLatency || 0)) * 1000;
  return performanceTime + (contextTime - heardTime) * 1000;
}
