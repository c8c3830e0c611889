/** Sound that resembles speech to a meter, the same for the same text: for servers that pretend to speak. */

/** How fast they pretend to. */
const secondsPerCharacter = 0.065;
const harmonics = [1, 0.6, 0.35, 0.2, 0.1] as const;

/** Seconds that a text takes to say, never none. */
export function spokenSeconds(text: string): number {
  return Math.max(0.2, text.length * secondsPerCharacter);
}

/** After so long it begins anew, in a pause; so it costs next to nothing however long it is. */
const roundSeconds = 5;
const rounds = new Map<number, Float32Array>();

/** A voice of 120 Hz with a melody, in syllables of a quarter of a second with a short pause after every fourth. */
export function speechLikeSound({ seconds, sampleRateHz }: { readonly seconds: number; readonly sampleRateHz: number }): Float32Array {
  const round = rounds.get(sampleRateHz) ?? makeRound(sampleRateHz);
  rounds.set(sampleRateHz, round);
  const samples = new Float32Array(Math.round(seconds * sampleRateHz));
  for (let at = 0; at < samples.length; at += round.length) samples.set(round.subarray(0, samples.length - at), at);
  return samples;
}

function makeRound(sampleRateHz: number): Float32Array {
  const samples = new Float32Array(roundSeconds * sampleRateHz);
  let phase = 0;
  for (let i = 0; i < samples.length; i++) {
    const time = i / sampleRateHz;
    const syllable = Math.floor(time * 4);
    phase += (2 * Math.PI * (120 + 25 * Math.sin(2 * Math.PI * 0.7 * time))) / sampleRateHz;
    const loudness = syllable % 5 === 4 ? 0 : Math.sin(Math.PI * (time * 4 - syllable)) ** 2;
    samples[i] = 0.25 * loudness * harmonics.reduce((sum, share, index) => sum + share * Math.sin((index + 1) * phase), 0);
  }
  return samples;
}
