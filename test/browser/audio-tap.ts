/**
 * Listens at the page's loudspeaker. The scripts are strings because they run in the page, whose types the server's
 * programs do not know.
 */
import type { Page } from 'playwright-core';

const installTap = `
  (() => {
    const tap = { loudest: 0, loudWindows: 0, windows: 0, elements: [] };
    window.audioTap = tap;
    const connect = AudioNode.prototype.connect;
    AudioNode.prototype.connect = function (target, ...rest) {
      if (target instanceof AudioDestinationNode) {
        const analyser = new AnalyserNode(this.context, { fftSize: 2048 });
        connect.call(this, analyser);
        const samples = new Float32Array(analyser.fftSize);
        setInterval(() => {
          analyser.getFloatTimeDomainData(samples);
          const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
          tap.loudest = Math.max(tap.loudest, rms);
          tap.windows++;
          if (rms > 0.01) tap.loudWindows++;
        }, 20);
      }
      return connect.call(this, target, ...rest);
    };
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
      if (!tap.elements.includes(this)) tap.elements.push(this);
      return play.call(this);
    };
  })();
`;

export type HeardAudio = {
  /** Of windows of 2048 samples, 0…1. */
  readonly loudestRms: number;
  readonly loudWindows: number;
  /** Media elements that were ever started. */
  readonly elements: readonly { readonly currentTime: number; readonly duration: number; readonly paused: boolean }[];
};

/** To be called before the page is opened. */
export async function tapAudio(page: Page): Promise<void> {
  await page.addInitScript(installTap);
}

export async function heardAudio(page: Page): Promise<HeardAudio> {
  return page.evaluate<HeardAudio>(`({
    loudestRms: audioTap.loudest,
    loudWindows: audioTap.loudWindows,
    elements: audioTap.elements.map(({ currentTime, duration, paused }) => ({ currentTime, duration, paused })),
  })`);
}
