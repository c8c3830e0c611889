/**
 * Products with weights in 8 bits; what they multiply is turned into 8 bits as well, and whole numbers are added up.
 * Two ways, measured on one thread with AVX-512 VNNI: by column for many rows at once (2.9 times as fast as floats for
 * 350 × 512 × 2048; by block only 1.4 times), by block for one row (4.7 times for 512 × 51,865; by column 2.6 times).
 * Where numbers of very different size meet, one scale for all of them would round most away: by size then, which is
 * by column in parts.
 */
import type { Ctranslate2Model } from './ctranslate2-file.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { quantiseBlocks, quantiseRowsTransposed } from './quantise-weights.ts';

/** A matrix as CTranslate2 has it: [rows, columns], of which a product gives `rows` numbers. */
export type Weight = { readonly values: Float32Array; readonly rows: number; readonly columns: number };

/** Errors: model_file_invalid where it is missing or of another size. */
export async function readWeight(model: Ctranslate2Model, name: string, size: { rows: number; columns: number }): Promise<Weight> {
  return { values: await model.floats(`${name}/weight`, size.rows * size.columns), ...size };
}

/** A weight in the graph, one scale for each block of a row. */
export type BlockWeight = { readonly values: string; readonly scales: string; readonly rows: number; readonly columns: number; readonly blockSize: number };

export function addBlockWeight(graph: GraphBuilder, { values, rows, columns }: Weight): BlockWeight {
  // Every Whisper's width is a multiple of 128, the fastest; smaller ones are for models made in tests.
  const blockSize = [128, 64].find((size) => columns % size === 0) ?? 32;
  const blocks = columns / blockSize;
  const quantised = quantiseBlocks(values, blockSize);
  return {
    values: graph.constant([rows, blocks, blockSize], quantised.values),
    scales: graph.constant([rows, blocks], quantised.scales),
    rows,
    columns,
    blockSize,
  };
}

/** `x` [1, n, columns] · weightᵀ: [1, n, rows]. */
export function productByBlock(graph: GraphBuilder, x: string, weight: BlockWeight, bias?: Float32Array): string {
  const inputs = [x, weight.values, weight.scales, ...(bias === undefined ? [] : ['', '', graph.constant([weight.rows], bias)])];
  return graph.apply('MatMulNBits', inputs, {
    contrib: true,
    attributes: {
      K: { int: weight.columns },
      N: { int: weight.rows },
      bits: { int: 8 },
      block_size: { int: weight.blockSize },
      // The other side in 8 bits, too.
      accuracy_level: { int: 4 },
    },
  });
}

/**
 * Processors without VNNI add pairs of products up in 16 bits: two of 255 · 63 fit, two of 255 · 127 do not and would
 * come out wrong. The lost bit costs little beside the other side's rounding: an error of 16.7 % for 15.7 % in base.
 */
const columnLimit = 63;

/** `x` [1, n, columns] · weightᵀ: [1, n, rows]. */
export function productByColumn(graph: GraphBuilder, x: string, weight: Weight, bias: Float32Array): string {
  const { rows, columns } = weight;
  const { values, scales } = quantiseRowsTransposed(weight.values, { rows, columns, limit: columnLimit });
  const inputs = [x, graph.constant([columns, rows], values), graph.constant([rows], scales), '', graph.constant([rows], bias)];
  return graph.apply('DynamicQuantizeMatMul', inputs, { contrib: true });
}

/** Shares of the columns, which come smallest first: the few large ones among fine divisions. */
const sizeShares = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 32] as const;

/**
 * The same for `x` whose numbers are in order of size (order-by-size.ts): each part of them gets a scale of its own. In
 * base's feed-forward parts, where Gelu makes few large numbers among many small ones, the error is 7.1 % of the result;
 * by column it is 19.8 %, and by block, which takes twice as long, 5.8 %.
 */
export function productBySize(graph: GraphBuilder, x: string, { values, rows, columns }: Weight, bias: Float32Array): string {
  let from = 0;
  const products = sizeShares.map((share, index) => {
    const [start, size] = [from, columns * share];
    from += size;
    const part = new Float32Array(rows * size);
    for (let row = 0; row < rows; row++) part.set(values.subarray(row * columns + start, row * columns + start + size), row * size);
    const some = graph.apply('Slice', [x, graph.integers(start), graph.integers(start + size), graph.integers(-1)]);
    return productByColumn(graph, some, { values: part, rows, columns: size }, index === 0 ? bias : new Float32Array(rows));
  });
  return graph.apply('Sum', products);
}
