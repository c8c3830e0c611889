/** Fourier transforms of real signals whose length is a power of two: Stockham's self-sorting radix 4 (D. H. Bailey, 1988), on typed arrays. */

export type RealFft = {
  readonly size: number;
  /** `input` has `size` samples; `re` and `im` get the bins 0…size/2. Nothing is scaled. */
  readonly forward: (input: Float32Array, re: Float32Array, im: Float32Array) => void;
  /** The other way; forward and inverse together give back what went in. The imaginary parts of the first and last bin are ignored. */
  readonly inverse: (re: Float32Array, im: Float32Array, output: Float32Array) => void;
};

/** Allocates nothing once made; one at a time uses it, since it holds the buffers it works in. */
export function createRealFft(size: number): RealFft {
  if (size < 4 || (size & (size - 1)) !== 0) throw new RangeError(`A transform has a power of two of samples, at least 4, not ${size}.`);
  const half = size / 2;
  const complex = createComplexFft(half);
  const { a } = complex;
  // The rotation that takes the two halves of the packed spectrum apart: exp(-iπk/half).
  const cos = Float32Array.from({ length: half + 1 }, (_, k) => Math.cos((Math.PI * k) / half));
  const sin = Float32Array.from({ length: half + 1 }, (_, k) => Math.sin((Math.PI * k) / half));

  return {
    size,
    forward(input, re, im) {
      for (let i = 0; i < half; i++) {
        a.re[i] = input[2 * i]!;
        a.im[i] = input[2 * i + 1]!;
      }
      const z = complex.run();
      for (let k = 0; k <= half; k++) {
        const mirror = (half - k) % half;
        const at = k % half;
        const evenRe = 0.5 * (z.re[at]! + z.re[mirror]!);
        const evenIm = 0.5 * (z.im[at]! - z.im[mirror]!);
        const oddRe = 0.5 * (z.im[at]! + z.im[mirror]!);
        const oddIm = -0.5 * (z.re[at]! - z.re[mirror]!);
        re[k] = evenRe + cos[k]! * oddRe + sin[k]! * oddIm;
        im[k] = evenIm + cos[k]! * oddIm - sin[k]! * oddRe;
      }
    },
    inverse(re, im, output) {
      const scale = 1 / size;
      for (let k = 0; k < half; k++) {
        const mirror = half - k;
        const ownIm = k === 0 ? 0 : im[k]!;
        const otherIm = k === 0 ? 0 : im[mirror]!;
        const evenRe = re[k]! + re[mirror]!;
        const evenIm = ownIm - otherIm;
        const diffRe = re[k]! - re[mirror]!;
        const diffIm = ownIm + otherIm;
        const oddRe = diffRe * cos[k]! - diffIm * sin[k]!;
        const oddIm = diffRe * sin[k]! + diffIm * cos[k]!;
        // Conjugated, so that the forward transform serves for the inverse.
        a.re[k] = evenRe - oddIm;
        a.im[k] = -(evenIm + oddRe);
      }
      const z = complex.run();
      for (let i = 0; i < half; i++) {
        output[2 * i] = z.re[i]! * scale;
        output[2 * i + 1] = -z.im[i]! * scale;
      }
    },
  };
}

type Complex = { readonly re: Float32Array; readonly im: Float32Array };

/** Transforms what stands in `a`; `run` gives the buffer that the result is in. */
function createComplexFft(size: number): { readonly a: Complex; readonly run: () => Complex } {
  const a = { re: new Float32Array(size), im: new Float32Array(size) };
  const b = { re: new Float32Array(size), im: new Float32Array(size) };
  const cos = Float32Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sin = Float32Array.from({ length: size }, (_, k) => -Math.sin((2 * Math.PI * k) / size));

  return {
    a,
    run() {
      let from = a;
      let to = b;
      let stride = 1;
      for (let length = size; length > 1; length = length === 2 ? 1 : length / 4) {
        if (length === 2) halves(from, to, stride);
        else quarters({ from, to, length, stride, cos, sin });
        [from, to] = [to, from];
        stride *= 4;
      }
      return from;
    },
  };
}

function halves(from: Complex, to: Complex, stride: number): void {
  for (let q = 0; q < stride; q++) {
    const r = from.re[q]!, i = from.im[q]!, r2 = from.re[q + stride]!, i2 = from.im[q + stride]!;
    to.re[q] = r + r2;
    to.im[q] = i + i2;
    to.re[q + stride] = r - r2;
    to.im[q + stride] = i - i2;
  }
}

type Stage = { readonly from: Complex; readonly to: Complex; readonly length: number; readonly stride: number; readonly cos: Float32Array; readonly sin: Float32Array };

function quarters({ from, to, length, stride, cos, sin }: Stage): void {
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  const quarter = length / 4;
  const step = stride * quarter;
  for (let p = 0; p < quarter; p++) {
    const c1 = cos[p * stride]!, s1 = sin[p * stride]!;
    const c2 = cos[2 * p * stride]!, s2 = sin[2 * p * stride]!;
    const c3 = cos[3 * p * stride]!, s3 = sin[3 * p * stride]!;
    for (let q = 0; q < stride; q++) {
      const at = q + stride * p;
      const into = q + stride * 4 * p;
      const ar = xr[at]!, ai = xi[at]!, br = xr[at + step]!, bi = xi[at + step]!;
      const cr = xr[at + 2 * step]!, ci = xi[at + 2 * step]!, dr = xr[at + 3 * step]!, di = xi[at + 3 * step]!;
      const sumR = ar + cr, sumI = ai + ci, diffR = ar - cr, diffI = ai - ci;
      const otherR = br + dr, otherI = bi + di;
      // i·(b − d)
      const turnR = -(bi - di), turnI = br - dr;
      yr[into] = sumR + otherR;
      yi[into] = sumI + otherI;
      const r1 = diffR - turnR, i1 = diffI - turnI;
      yr[into + stride] = c1 * r1 - s1 * i1;
      yi[into + stride] = c1 * i1 + s1 * r1;
      const r2 = sumR - otherR, i2 = sumI - otherI;
      yr[into + 2 * stride] = c2 * r2 - s2 * i2;
      yi[into + 2 * stride] = c2 * i2 + s2 * r2;
      const r3 = diffR + turnR, i3 = diffI + turnI;
      yr[into + 3 * stride] = c3 * r3 - s3 * i3;
      yi[into + 3 * stride] = c3 * i3 + s3 * r3;
    }
  }
}
