/** What a model remembers of a few conversations, and how one goes on: token by token, computing only what is new. */
import type { LlamaContext, LlamaContextSequence, LlamaGrammarEvaluationState, LlamaModel, Token } from 'node-llama-cpp';
import { createSeats, createTurns } from './seats.ts';

/** One conversation's memory of what was computed for it. */
type Memory = {
  readonly sequence: LlamaContextSequence;
  /** Leading tokens that were computed in whole blocks, as any other computation of the same beginning would. */
  canonicalTokens: number;
};

export type Sampling = {
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
  readonly grammar?: LlamaGrammarEvaluationState;
};

export type Continuation = {
  readonly sampling: Sampling;
  /** The same answer is promised for the same seed, whatever was computed before. */
  readonly reproducible: boolean;
};

export type Conversations = {
  /** The tokens that follow, without the one that ends the answer. Leaving the loop ends the work. */
  readonly follow: (prompt: readonly Token[], continuation: Continuation, signal: AbortSignal) => AsyncGenerator<Token, void>;
  /** Resolves when nothing is computed any more. */
  readonly idle: () => Promise<void>;
};

/**
 * The prompt is processed in blocks of so many tokens, counted from its beginning; between two of them the signal is
 * looked at and others have their turn. Measured: 5.4 ms a token and 0.35 s a block, 6.6 ms in blocks of 32.
 */
const blockTokens = 64;
/** A long answer gives up its seat after each so many tokens where somebody waits for one. */
const stretchTokens = 128;
const seeds = 2 ** 32;

export function createConversations(model: LlamaModel, context: LlamaContext): Conversations {
  const memories = Array.from({ length: context.totalSequences }, (): Memory => ({ sequence: context.getSequence(), canonicalTokens: 0 }));
  const seats = createSeats(memories);
  const turns = createTurns();

  /** Brings the memory up to `tokens` and goes on from there, each step in its turn. */
  async function* goOn(memory: Memory, tokens: readonly Token[], { sampling, reproducible }: Continuation, signal: AbortSignal): AsyncGenerator<Token, void> {
    const { sequence } = memory;
    let at = await turns.run(() => align(memory, tokens, reproducible), signal);
    for (;;) {
      const end = at - (at % blockTokens) + blockTokens;
      if (end >= tokens.length) break;
      const block = tokens.slice(at, end);
      await turns.run(() => sequence.evaluateWithoutGeneratingNewTokens(block), signal);
      if (memory.canonicalTokens === at) memory.canonicalTokens = end;
      at = end;
    }
    const { temperature, topP, seed, grammar } = sampling;
    const rest = sequence.evaluate(tokens.slice(at), {
      temperature, topP, topK: 0, minP: 0, yieldEogToken: true,
      seed: ((seed % seeds) + seeds) % seeds,
      ...(grammar === undefined ? {} : { grammarEvaluationState: grammar }),
    });
    try {
      for (;;) {
        const step = await turns.run(() => rest.next(), signal);
        if (step.done === true) return;
        yield step.value;
      }
    } finally {
      await rest.return();
    }
  }

  return {
    follow: async function* follow(prompt, { sampling, reproducible }, signal) {
      const written: Token[] = [];
      for (;;) {
        const seat = await seats.take((memory) => affinity(memory, prompt), signal);
        try {
          const continuation = { sampling: { ...sampling, seed: sampling.seed + written.length }, reproducible };
          for await (const token of goOn(seat.state, [...prompt, ...written], continuation, signal)) {
            if (model.isEogToken(token)) return;
            written.push(token);
            yield token;
            // What is computed anew differs in its last digits, so an answer with a seed keeps its seat to the end.
            if (!reproducible && written.length % stretchTokens === 0 && seat.isWanted()) break;
          }
        } finally {
          seat.leave();
        }
      }
    },
    idle: turns.idle,
  };
}

/** Forgets what differs from `tokens` and gives how many of them need not be computed again; the last one always is. */
async function align(memory: Memory, tokens: readonly Token[], reproducible: boolean): Promise<number> {
  const { sequence } = memory;
  const kept = tokens.slice(0, -1);
  const shared = Math.min(sequence.compareContextTokens(kept).firstDifferentIndex, kept.length);
  // In another division into blocks the last digits differ; a seed promises the same answer, so it is not risked.
  const usable = reproducible ? Math.min(shared, memory.canonicalTokens) : shared;
  await sequence.adaptStateToTokens(tokens.slice(0, reproducible ? usable - (usable % blockTokens) : usable), false);
  memory.canonicalTokens = Math.min(memory.canonicalTokens, sequence.nextTokenIndex);
  return sequence.nextTokenIndex;
}

/** Tokens of `prompt` that need not be computed again, where they are most of what is remembered: else another's memory would be lost for a greeting that both begin with. */
function affinity({ sequence }: Memory, prompt: readonly Token[]): number {
  const shared = Math.min(sequence.compareContextTokens([...prompt]).firstDifferentIndex, prompt.length);
  return shared * 2 >= sequence.nextTokenIndex ? shared : 0;
}
