/** Whisper computed in plain loops and double precision, as its paper describes it: what the graphs are compared with. */
import { melFilters } from '../../models/whisper/mel-filters.ts';
import type { SyntheticWhisper } from '../../models/whisper/synthetic-whisper.test-support.ts';

type Rows = readonly (readonly number[])[];

export type WhisperReference = {
  /** `samples`: as many as whole frames of 320 hold. Gives [frames][width]. */
  encode(samples: Float32Array): Rows;
  /** Logits after each token, and each layer's and head's cross-attention [layer][head][token][frame]. */
  decode(encoded: Rows, tokens: readonly number[]): { readonly logits: Rows; readonly attention: readonly (readonly Rows[])[] };
};

export function whisperReference({ size, weights }: SyntheticWhisper): WhisperReference {
  const { width, heads } = size;
  const vector = (name: string): readonly number[] => [...weights.get(name)!.data];
  const matrix = (name: string): Rows => {
    const { dims, data } = weights.get(name)!;
    const columns = data.length / dims[0]!;
    return Array.from({ length: dims[0]! }, (_, row) => [...data.subarray(row * columns, (row + 1) * columns)]);
  };
  const linear = (x: Rows, name: string): Rows => {
    const [weight, bias] = [matrix(`${name}/weight`), vector(`${name}/bias`)];
    return x.map((row) => weight.map((column, i) => dot(column, row) + bias[i]!));
  };
  const norm = (x: Rows, name: string): Rows => {
    const [gamma, beta] = [vector(`${name}/gamma`), vector(`${name}/beta`)];
    return x.map((row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / width;
      const deviation = Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width + 1e-5);
      return row.map((value, i) => ((value - mean) / deviation) * gamma[i]! + beta[i]!);
    });
  };
  const attend = (query: Rows, key: Rows, value: Rows, causal: boolean): { mixed: Rows; attention: Rows[] } => {
    const headWidth = width / heads;
    const attention = Array.from({ length: heads }, (_, head) => {
      const part = (row: readonly number[]): readonly number[] => row.slice(head * headWidth, (head + 1) * headWidth);
      return query.map((q, i) => softmax(key.map((k, j) => (causal && j > i ? -Infinity : dot(part(q), part(k)) / Math.sqrt(headWidth)))));
    });
    const mixed = query.map((_, i) => Array.from({ length: width }, (_unused, column) => dot(attention[Math.floor(column / headWidth)]![i]!, value.map((row) => row[column]!))));
    return { mixed, attention };
  };
  const selfAttention = (x: Rows, layer: string, causal: boolean): Rows => {
    const projected = linear(norm(x, `${layer}/self_attention/layer_norm`), `${layer}/self_attention/linear_0`);
    const [query, key, value] = [0, 1, 2].map((part) => projected.map((row) => row.slice(part * width, (part + 1) * width)));
    return add(x, linear(attend(query!, key!, value!, causal).mixed, `${layer}/self_attention/linear_1`));
  };
  const feedForward = (x: Rows, layer: string): Rows => {
    const widened = linear(norm(x, `${layer}/ffn/layer_norm`), `${layer}/ffn/linear_0`).map((row) => row.map(gelu));
    return add(x, linear(widened, `${layer}/ffn/linear_1`));
  };
  const convolve = (x: Rows, name: string, stride: number): Rows => {
    const [weight, bias] = [matrix(`${name}/weight`), vector(`${name}/bias`)];
    return Array.from({ length: x.length / stride }, (_, frame) =>
      weight.map((kernel, out) => {
        let sum = bias[out]!;
        for (let tap = 0; tap < 3; tap++) for (const [channel, value] of (x[frame * stride + tap - 1] ?? []).entries()) sum += value * kernel[channel * 3 + tap]!;
        return gelu(sum);
      }),
    );
  };

  return {
    encode(samples) {
      const features = convolve(convolve(logMel(samples, size.melBins), 'encoder/conv1', 1), 'encoder/conv2', 2);
      let x = add(features, matrix('encoder/position_encodings/encodings'));
      for (let layer = 0; layer < size.encoderLayers; layer++) x = feedForward(selfAttention(x, `encoder/layer_${layer}`, false), `encoder/layer_${layer}`);
      return norm(x, 'encoder/layer_norm');
    },
    decode(encoded, tokens) {
      const embeddings = matrix('decoder/embeddings/weight');
      let x = add(tokens.map((token) => embeddings[token]!), matrix('decoder/position_encodings/encodings'));
      const attention: Rows[][] = [];
      for (let layer = 0; layer < size.layers; layer++) {
        const name = `decoder/layer_${layer}`;
        x = selfAttention(x, name, true);
        const query = linear(norm(x, `${name}/attention/layer_norm`), `${name}/attention/linear_0`);
        const both = linear(encoded, `${name}/attention/linear_1`);
        const cross = attend(query, both.map((row) => row.slice(0, width)), both.map((row) => row.slice(width)), false);
        attention.push(cross.attention);
        x = feedForward(add(x, linear(cross.mixed, `${name}/attention/linear_2`)), name);
      }
      return { logits: norm(x, 'decoder/layer_norm').map((row) => embeddings.map((embedding) => dot(embedding, row))), attention };
    },
  };
}

/** [2 · frames][melBins] */
function logMel(samples: Float32Array, melBins: number): Rows {
  const filters = melFilters(melBins);
  const mirrored = (i: number): number => samples[i < 0 ? -i : i >= samples.length ? 2 * (samples.length - 1) - i : i]!;
  const logs = Array.from({ length: samples.length / 160 }, (_, frame) => {
    const windowed = Array.from({ length: 400 }, (_unused, i) => mirrored(frame * 160 - 200 + i) * Math.sin((Math.PI * i) / 400) ** 2);
    const power = Array.from({ length: 201 }, (_unused, bin) => {
      const [real, imaginary] = [Math.cos, Math.sin].map((wave) => windowed.reduce((sum, sample, i) => sum + sample * wave((2 * Math.PI * bin * i) / 400), 0));
      return real! ** 2 + imaginary! ** 2;
    });
    return Array.from({ length: melBins }, (_unused, band) => Math.log10(Math.max(1e-10, power.reduce((sum, value, bin) => sum + value * filters[band * 402 + bin]!, 0))));
  });
  const loudest = Math.max(...logs.flat());
  return logs.map((row) => row.map((value) => (Math.max(value, loudest - 8) + 4) / 4));
}

function add(a: Rows, b: Rows): Rows {
  return a.map((row, i) => row.map((value, j) => value + b[i]![j]!));
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function softmax(scores: readonly number[]): readonly number[] {
  const largest = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - largest));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}

/** x · Φ(x), Φ integrated by Simpson's rule. */
function gelu(x: number): number {
  const steps = 100;
  const limit = Math.min(8, Math.abs(x));
  let integral = 0;
  for (let i = 0; i <= steps; i++) {
    const at = (limit * i) / steps;
    integral += Math.exp(-(at ** 2) / 2) * (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2);
  }
  const half = ((limit / steps / 3) * integral) / Math.sqrt(2 * Math.PI);
  return x * (0.5 + Math.sign(x) * half);
}
