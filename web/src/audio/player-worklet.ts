/** The player's half on the audio thread: ring, resampling, prebuffer, clear. It never waits for the page. */
import { playerProcessorName, type PlayerCommand, type PlayerOptions, type PlayerReport, type PlayerState } from './player-messages.ts';
import { createResampler, type Resampler } from './resampler.ts';
import { createSampleRing, type SampleRing } from './sample-ring.ts';

// The scope of an AudioWorklet is not in TypeScript's DOM library.
declare const sampleRate: number;
declare const currentTime: number;
declare class AudioWorkletProcessor { readonly port: MessagePort; }
declare function registerProcessor(name: string, processor: new (options: { processorOptions: PlayerOptions }) => AudioWorkletProcessor): void;

const reportEverySeconds = 0.025;
/** Per sample; a step to silence becomes a slope of about 2 ms, which is not heard as a click. */
const releaseFactor = 0.97;
const attackFrames = 96;

class PlayerProcessor extends AudioWorkletProcessor {
  readonly #ring: SampleRing;
  readonly #resampler: Resampler;
  readonly #prebufferSamples: number;
  #state: PlayerState = 'paused';
  #generation = 0;
  #endReached = false;
  #closed = false;
  #writtenSamples = 0;
  #underruns = 0;
  #firstSampleAt: number | undefined;
  #lastSample = 0;
  #attackLeft = attackFrames;
  #nextReportAt = 0;

  constructor({ processorOptions }: { processorOptions: PlayerOptions }) {
    super();
    this.#ring = createSampleRing(processorOptions.capacitySamples);
    this.#resampler = createResampler({ ring: this.#ring, fromHz: processorOptions.sourceRateHz, toHz: sampleRate });
    this.#prebufferSamples = processorOptions.prebufferSamples;
    this.port.onmessage = (event: MessageEvent<PlayerCommand>) => this.#obey(event.data);
  }

  #obey(command: PlayerCommand): void {
    switch (command.type) {
      case 'samples':
        if (command.generation === this.#generation) this.#writtenSamples += this.#ring.write(command.samples);
        return;
      case 'end':
        if (command.generation === this.#generation) this.#endReached = true;
        return;
      case 'clear':
        this.#ring.clear();
        this.#resampler.reset();
        this.#generation = command.generation;
        this.#endReached = false;
        this.#writtenSamples = 0;
        this.#firstSampleAt = undefined;
        this.#attackLeft = attackFrames;
        if (this.#state !== 'paused') this.#state = 'buffering';
        break;
      case 'play':
        if (this.#state === 'paused') this.#state = 'buffering';
        break;
      case 'pause':
        this.#state = 'paused';
        this.#attackLeft = attackFrames;
        break;
      case 'close':
        this.#closed = true;
        return;
    }
    this.#report();
  }

  process(_inputs: readonly Float32Array[][], outputs: readonly Float32Array[][]): boolean {
    const out = outputs[0]?.[0];
    if (!out) return !this.#closed;
    const before = this.#state;
    if (this.#state === 'buffering' && this.#mayStart()) this.#state = 'playing';
    const frames = this.#state === 'playing' ? this.#resampler.fill(out, this.#endReached) : 0;
    if (frames > 0) {
      this.#firstSampleAt ??= currentTime;
      this.#attack(out, frames);
      this.#lastSample = out[frames - 1]!;
    }
    if (this.#state === 'playing' && frames < out.length) this.#runDry();
    this.#release(out, frames);
    const moving = this.#state === 'playing' && currentTime >= this.#nextReportAt;
    if (this.#state !== before || moving) this.#report();
    return !this.#closed;
  }

  #mayStart(): boolean {
    return this.#endReached || this.#ring.available() >= this.#prebufferSamples;
  }

  #runDry(): void {
    this.#attackLeft = attackFrames;
    if (this.#endReached) {
      this.#state = 'ended';
    } else {
      this.#state = 'buffering';
      this.#underruns++;
    }
  }

  #attack(out: Float32Array, frames: number): void {
    for (let i = 0; i < frames && this.#attackLeft > 0; i++) out[i]! *= 1 - this.#attackLeft-- / attackFrames;
  }

  #release(out: Float32Array, from: number): void {
    for (let i = from; i < out.length; i++) out[i] = this.#lastSample *= releaseFactor;
    if (Math.abs(this.#lastSample) < 1e-5) this.#lastSample = 0;
  }

  #report(): void {
    this.#nextReportAt = currentTime + reportEverySeconds;
    const report: PlayerReport = {
      generation: this.#generation,
      state: this.#state,
      playedSamples: this.#writtenSamples - this.#ring.available(),
      bufferedSamples: this.#ring.available(),
      underruns: this.#underruns,
      contextTime: currentTime,
      firstSampleAt: this.#firstSampleAt,
    };
    this.port.postMessage(report);
  }
}

registerProcessor(playerProcessorName, PlayerProcessor);
