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

const replacement = '\uFFFD';
/** A character has four bytes at most; who is not finished after as many tokens does not get finished. */
const longestUnfinished = 4;
/** Tokens that decide whether a word begins with a blank. */
const contextTokens = 3;

export function createAnswerText<Token>({ stop, detokenize }: AnswerTextOptions<Token>): AnswerText<Token> {
  let before: readonly Token[] = [];
  let unfinished: Token[] = [];
  let held = '';
  let stopped = false;

  function decode(): string {
    const text = detokenize(unfinished, before);
    if (text.endsWith(replacement) && unfinished.length < longestUnfinished) return '';
    before = [...before, ...unfinished].slice(-contextTokens);
    unfinished = [];
    return text;
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
      const rest = unfinished.length === 0 ? '' : detokenize(unfinished, before).replace(/\uFFFD+$/u, '');
      unfinished = [];
      held += rest;
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
