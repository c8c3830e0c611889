/** A key's pattern: for every slot and band a sign, and which cells are known beforehand (pilots) and which carry a coded bit. It never repeats. */
import { createCipheriv, createHmac } from 'node:crypto';
import { bandCount, cellsPerBlock, lowBandCount } from './bands.ts';
import { codedBits } from './payload-code.ts';

/** Of all cells, low and high bands alike. */
const pilotShare = 1 / 3;
/** The order of cells in a block repeats after so many; the signs do not. */
const layoutCount = 32;
/** In a layout: this cell carries nothing but its sign. */
export const pilot = -1;

export type Sequence = {
  /** 1 or −1 for each cell of a block, slot by slot; `block` counts from the beginning of the sequence. */
  readonly signs: (block: number) => Int8Array;
  /** What each cell of the block is: `pilot`, or the number of the coded bit whose sign it is multiplied by. */
  readonly layout: (block: number) => Int16Array;
};

/** The key has at least 32 bytes; what is made of it tells nothing of it (HMAC-SHA256, AES-256 in counter mode). */
export function createSequence(key: Uint8Array): Sequence {
  const signKey = createHmac('sha256', key).update('signs').digest();
  const layoutKey = createHmac('sha256', key).update('layouts').digest();
  const layouts: (Int16Array | undefined)[] = [];
  return {
    signs: (block) => {
      const bits = keystream(signKey, block, cellsPerBlock / 8);
      return Int8Array.from({ length: cellsPerBlock }, (_, cell) => (((bits[cell >> 3]! >> (cell & 7)) & 1) === 1 ? 1 : -1));
    },
    layout: (block) => (layouts[block % layoutCount] ??= createLayout(layoutKey, block % layoutCount)),
  };
}

/** Low and high bands apart, so that either half of the spectrum alone holds every coded bit. */
function createLayout(key: Uint8Array, number: number): Int16Array {
  const random = wordsOf(keystream(key, number, cellsPerBlock * 4));
  const layout = new Int16Array(cellsPerBlock);
  const cells = Array.from({ length: cellsPerBlock }, (_, cell) => cell);
  const isLow = (cell: number): boolean => cell % bandCount < lowBandCount;
  for (const part of [cells.filter(isLow), cells.filter((cell) => !isLow(cell))]) {
    shuffle(part, random);
    const pilots = Math.round(part.length * pilotShare);
    part.forEach((cell, index) => { layout[cell] = index < pilots ? pilot : (index - pilots) % codedBits; });
  }
  return layout;
}

/** Fisher and Yates; 32 random bits for each choice leave a bias of less than a millionth. */
function shuffle(cells: number[], random: Iterator<number>): void {
  for (let last = cells.length - 1; last > 0; last--) {
    const other = Number(random.next().value) % (last + 1);
    [cells[last], cells[other]] = [cells[other]!, cells[last]!];
  }
}

function* wordsOf(bytes: Buffer): Generator<number, number> {
  for (let at = 0; at < bytes.length; at += 4) yield bytes.readUInt32LE(at);
  return 0;
}

/** Bytes of AES-256 in counter mode; each number has a stretch of its own, 2⁶⁴ blocks long. */
function keystream(key: Uint8Array, number: number, length: number): Buffer {
  const counter = Buffer.alloc(16);
  counter.writeUInt32BE(number);
  return createCipheriv('aes-256-ctr', key, counter).update(Buffer.alloc(length));
}
