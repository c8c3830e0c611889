/** By what a kept sentence is found again: everything that its sound depends on, so that no two that sound different are taken for each other. */
import { createHash } from 'node:crypto';
import type { Pronunciation } from '../../text/passage.ts';

export type SpokenSentence = {
  readonly modelId: string;
  /** Of the model's files. */
  readonly revision: string;
  readonly voice: string;
  /** As the model reads it. */
  readonly text: string;
  /** 0.25…4. */
  readonly speed: number;
  readonly pitchSemitones?: number;
  readonly pronunciations?: readonly Pronunciation[];
  /** Whose voice it is, where it is not everybody's: his audio is nobody else's. */
  readonly privateTo?: string | undefined;
};

/** Raised whenever an engine here makes another sound of the same words: what was kept before is then no longer found. */
const soundRevision = 1;

/** 64 hexadecimal digits; equal only for sentences that are equal in every part. */
export function sentenceKey({ modelId, revision, voice, text, speed, pitchSemitones = 0, pronunciations = [], privateTo }: SpokenSentence): string {
  const parts = [soundRevision, modelId, revision, voice, text, speed, pitchSemitones, pronunciations.map(({ start, end, ipa }) => [start, end, ipa]), privateTo ?? null];
  // JSON keeps apart what a mere joining of strings would not: where one part ends and the next begins.
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
