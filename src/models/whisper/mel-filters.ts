/**
 * The front end that Whisper was trained behind, as matrices: a windowed DFT of 400 samples and Slaney's mel filters
 * (Radford et al. 2022, section 2.2; filters as in M. Slaney, Auditory Toolbox, 1998, with unit area).
 */

/** Samples of one analysis, and from one to the next, at 16 kHz. */
export const fftSize = 400;
export const hopSamples = 160;
const bins = fftSize / 2 + 1;
const sampleRateHz = 16_000;

/** Rows of cosines and below them of sines, under a periodic Hann window: [2 · 201, 400]. */
export function fourierKernel(): { readonly rows: number; readonly data: Float32Array } {
  const data = new Float32Array(2 * bins * fftSize);
  for (let bin = 0; bin < bins; bin++) {
    for (let i = 0; i < fftSize; i++) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / fftSize);
      const angle = (2 * Math.PI * ((bin * i) % fftSize)) / fftSize;
      data[bin * fftSize + i] = window * Math.cos(angle);
      data[(bins + bin) * fftSize + i] = window * Math.sin(angle);
    }
  }
  return { rows: 2 * bins, data };
}

/** Weights of the squared rows of `fourierKernel` in each mel band, 0 to 8 kHz: [melBins, 2 · 201]. */
export function melFilters(melBins: number): Float32Array {
  const topMel = hertzToMel(sampleRateHz / 2);
  const edges = Array.from({ length: melBins + 2 }, (_, i) => melToHertz((topMel * i) / (melBins + 1)));
  const data = new Float32Array(melBins * 2 * bins);
  for (let band = 0; band < melBins; band++) {
    const [low, centre, high] = [edges[band]!, edges[band + 1]!, edges[band + 2]!];
    for (let bin = 0; bin < bins; bin++) {
      const hertz = (bin * sampleRateHz) / fftSize;
      const weight = Math.max(0, Math.min((hertz - low) / (centre - low), (high - hertz) / (high - centre))) * (2 / (high - low));
      data[band * 2 * bins + bin] = weight;
      data[band * 2 * bins + bins + bin] = weight;
    }
  }
  return data;
}

/** Slaney's scale: even up to 1 kHz, logarithmic above. */
const hertzPerMel = 200 / 3;
const logFromHertz = 1000;
const logFromMel = logFromHertz / hertzPerMel;
const logStep = Math.log(6.4) / 27;

function hertzToMel(hertz: number): number {
  return hertz < logFromHertz ? hertz / hertzPerMel : logFromMel + Math.log(hertz / logFromHertz) / logStep;
}

function melToHertz(mel: number): number {
  return mel < logFromMel ? mel * hertzPerMel : logFromHertz * Math.exp(logStep * (mel - logFromMel));
}
