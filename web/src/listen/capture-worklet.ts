/** The microphone's half on the audio thread: its samples as 16-bit packets. */
import { captureProcessorName, type CapturedSamples } from './capture-messages.ts';

// The scope of an AudioWorklet is not in TypeScript's DOM library.
declare const sampleRate: number;
declare class AudioWorkletProcessor { readonly port: MessagePort; }
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const packetSeconds = 0.04;

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #packetSamples = Math.round(sampleRate * packetSeconds);
  #packet = new Int16Array(this.#packetSamples);
  #filled = 0;

  process(inputs: readonly Float32Array[][]): boolean {
    const channel = inputs[0]?.[0];
    // A microphone that has not begun has no channel yet. All ends with the context.
    for (const sample of channel ?? []) {
      this.#packet[this.#filled++] = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767);
      if (this.#filled === this.#packetSamples) this.#send();
    }
    return true;
  }

  #send(): void {
    const message: CapturedSamples = { samples: this.#packet };
    this.port.postMessage(message, [this.#packet.buffer]);
    this.#packet = new Int16Array(this.#packetSamples);
    this.#filled = 0;
  }
}

registerProcessor(captureProcessorName, CaptureProcessor);
