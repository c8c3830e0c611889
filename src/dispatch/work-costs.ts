/** What work takes of a worker: characters times the seconds that a character of that model took of late. */

export type WorkCosts = {
  /** Seconds that so much text will take. */
  readonly expect: (modelId: string, characters: number) => number;
  /** What it took. */
  readonly learn: (modelId: string, characters: number, seconds: number) => void;
};

/** Before anything was learnt; the fast voice's on a core of a small server, in the middle of what was measured. */
const unknownSecondsPerCharacter = 0.004;
/** A dozen sentences forget the past. */
const learningRate = 0.2;
/** What a sentence takes however short it is. */
const leastCharacters = 10;

export function createWorkCosts(): WorkCosts {
  const secondsPerCharacter = new Map<string, number>();
  return {
    expect: (modelId, characters) => Math.max(leastCharacters, characters) * (secondsPerCharacter.get(modelId) ?? unknownSecondsPerCharacter),
    learn: (modelId, characters, seconds) => {
      const measured = seconds / Math.max(leastCharacters, characters);
      const before = secondsPerCharacter.get(modelId);
      secondsPerCharacter.set(modelId, before === undefined ? measured : before + learningRate * (measured - before));
    },
  };
}
