/**
 * Tokens of an answer into text that may be shown: whole characters only, and nothing of a stop sequence, be it spread
 * over tokens or not.
 */
export type AnswerText<Token> = {
  /** The text that this token makes certain: '' while it may still belong to a character or to a stop sequence. */
  readonly push: (token: Token) => string;
  /** What was held back, once no more tokens come. */
  readonly finish: () => string;
  /** A stop sequence was written; nothing after it is text. */
  readonly stopped: () => boolean;
};

export type AnswerTextOptions<Token> = {
  readonly stop: readonly string[];
  /** The text of `tokens`, knowing which came before them; the end of an unfinished character comes as U+FFFD. */
  readonly detokenize: (tokens: readonly Token[], before: readonly Token[]) => string;
};

const unfinishedEnd = /\uFFFD+$/u;
/** A character has four bytes at most; what does not get on for as many tokens is not going to be one. */
const longestUnfinished = 4;
/** Tokens that decide whether a word begins with a blank. */
const contextTokens = 3;

export function createAnswerText<Token>({ stop, detokenize }: AnswerTextOptions<Token>): AnswerText<Token> {
  let before: readonly Token[] = [];
  /** Tokens whose last character has not ended, how much of their text was taken already, and how many brought nothing. */
  let unfinished: Token[] = [];
  let taken = 0;
  let fruitless = 0;
  let held = '';
  let stopped = false;

  function decode(): string {
    const text = detokenize(unfinished, before);
    const whole = text.replace(unfinishedEnd, '');
    fruitless = whole.length > taken ? 0 : fruitless + 1;
    if (whole.length < text.length && fruitless < longestUnfinished) {
      const news = whole.slice(taken);
      taken = Math.max(taken, whole.length);
      return news;
    }
    const news = text.slice(taken);
    before = [...before, ...unfinished].slice(-contextTokens);
    unfinished = [];
    taken = 0;
    return news;
  }

  /** Lets go what no stop sequence can begin in. */
  function release(): string {
    const end = firstIndexOf(held, stop);
    if (end !== undefined) {
      const text = held.slice(0, end);
      held = '';
      stopped = true;
      return text;
    }
    const certain = held.length - longestBeginning(held, stop);
    const text = held.slice(0, certain);
    held = held.slice(certain);
    return text;
  }

  return {
    push: (token) => {
      if (stopped) return '';
      unfinished.push(token);
      held += decode();
      return release();
    },
    finish: () => {
      if (stopped) return '';
      // A character of which only the beginning came is left out.
      const text = release() + held;
      held = '';
      return text;
    },
    stopped: () => stopped,
  };
}

function firstIndexOf(text: string, stop: readonly string[]): number | undefined {
  const found = stop.map((one) => text.indexOf(one)).filter((index) => index >= 0);
  return found.length === 0 ? undefined : Math.min(...found);
}

/** Characters at the end of `text` that a stop sequence begins with. */
function longestBeginning(text: string, stop: readonly string[]): number {
  let longest = 0;
  for (const one of stop) {
    for (let length = Math.min(one.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(one.slice(0, length))) longest = length;
    }
  }
  return longest;
}
