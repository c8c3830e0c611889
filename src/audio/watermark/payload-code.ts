/**
 * The payload as it is sent: 32 bits, a keyed check and a convolutional code over both, which ends where it began and so
 * has no weak end (tail-biting). Rate 1/4, constraint length 9, generators 463, 535, 733, 745 octal (Larsen 1973).
 */
import { createHmac } from 'node:crypto';

export const payloadBits = 32;
export const checkBits = 24;
const messageBits = payloadBits + checkBits;
const generators = [0o463, 0o535, 0o733, 0o745];
export const codedBits = messageBits * generators.length;
const memory = 8;
const states = 1 << memory;

export type PayloadCode = {
  /** `codedBits` signs, 1 or −1. */
  readonly encode: (payload: number) => Int8Array;
  /** The payload whose code comes nearest to the sums of what was heard, if its check is right. */
  readonly decode: (soft: Float32Array) => number | undefined;
};

/** Nobody without the key can tell a payload from noise, or make one whose check is right. */
export function createPayloadCode(key: Uint8Array): PayloadCode {
  const mask = bitsOf(createHmac('sha256', key).update('mask').digest(), messageBits);

  function messageOf(payload: number): Uint8Array {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(payload >>> 0);
    const check = createHmac('sha256', key).update('check').update(bytes).digest();
    const bits = Uint8Array.from([...bitsOf(bytes, payloadBits), ...bitsOf(check, checkBits)]);
    return bits.map((bit, index) => bit ^ mask[index]!);
  }

  return {
    encode: (payload) => convolve(messageOf(payload)),
    decode: (soft) => {
      const message = nearestMessage(soft);
      const payload = message.subarray(0, payloadBits).reduce((value, bit, index) => value * 2 + (bit ^ mask[index]!), 0);
      return messageOf(payload).every((bit, index) => bit === message[index]) ? payload : undefined;
    },
  };
}

/** The four signs that a step from each state gives, for either bit; bit `memory` of the index is the bit itself. */
const outputs: readonly Int8Array[] = generators.map((generator) => Int8Array.from({ length: states * 2 }, (_, register) => (parity(register & generator) === 1 ? -1 : 1)));

function convolve(message: Uint8Array): Int8Array {
  const coded = new Int8Array(codedBits);
  // Tail-biting: the register begins with what it will end with; its newest bit stands highest.
  let state = 0;
  for (const bit of message.subarray(messageBits - memory)) state = (state >> 1) | (bit << (memory - 1));
  for (let step = 0; step < messageBits; step++) {
    const register = (message[step]! << memory) | state;
    for (let output = 0; output < generators.length; output++) coded[step * generators.length + output] = outputs[output]![register]!;
    state = register >> 1;
  }
  return coded;
}

/** Rounds of the circle: after the first the states' costs know where they came from. */
const rounds = 3;

/** Viterbi's search, going round the circle until the beginning fits the end (the wrap-around algorithm, Shao 2003). */
function nearestMessage(soft: Float32Array): Uint8Array {
  const steps = messageBits * rounds;
  let score = new Float64Array(states);
  let next = new Float64Array(states);
  const cameFrom = new Uint8Array(steps * states);
  for (let step = 0; step < steps; step++) {
    const at = (step % messageBits) * generators.length;
    const [s0, s1, s2, s3] = [soft[at]!, soft[at + 1]!, soft[at + 2]!, soft[at + 3]!];
    for (let state = 0; state < states; state++) {
      // The state is the last eight bits; either of two registers led here, which differ in the bit that fell out.
      const even = state << 1;
      const odd = even | 1;
      const gainOf = (register: number): number => s0 * outputs[0]![register]! + s1 * outputs[1]![register]! + s2 * outputs[2]![register]! + s3 * outputs[3]![register]!;
      const fromEven = score[even & (states - 1)]! + gainOf(even);
      const fromOdd = score[odd & (states - 1)]! + gainOf(odd);
      const isOdd = fromOdd > fromEven;
      next[state] = isOdd ? fromOdd : fromEven;
      cameFrom[step * states + state] = isOdd ? 1 : 0;
    }
    [score, next] = [next, score];
  }
  let state = score.indexOf(Math.max(...score));
  const message = new Uint8Array(messageBits);
  // The middle round is the one that has neighbours on both sides.
  for (let step = steps - 1; step >= messageBits; step--) {
    if (step < 2 * messageBits) message[step - messageBits] = state >> (memory - 1);
    state = ((state << 1) | cameFrom[step * states + state]!) & (states - 1);
  }
  return message;
}

function parity(value: number): number {
  let bits = value;
  for (let shift = 8; shift > 0; shift >>= 1) bits ^= bits >> shift;
  return bits & 1;
}

function bitsOf(bytes: Uint8Array, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => (bytes[index >> 3]! >> (7 - (index & 7))) & 1);
}
