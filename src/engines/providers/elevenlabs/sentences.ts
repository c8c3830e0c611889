/** ElevenLabs tells words and the blanks between them; segments are made of them, one a sentence. */
import type { HeardSegment, HeardWord } from '../../kinds.ts';
import { compressionRatio } from '../../whisper/repetition.ts';
import type { ToldTranscript } from './transcription.ts';

type ToldWord = NonNullable<ToldTranscript['words']>[number];
/** `logprob`: natural logarithm of the word's probability. */
type Placed = { readonly text: string; readonly startSeconds: number; readonly endSeconds: number; readonly logprob: number };

const sentenceEnd = /[.!?…。！？]["'”’»)\]]*$/u;

export function toSentences({ text, words: told }: ToldTranscript, { durationSeconds, words }: { readonly durationSeconds: number; readonly words: boolean }): readonly HeardSegment[] {
  if (text.trim() === '') return [];
  const placed = place(told ?? [], durationSeconds);
  const spoken = placed.length > 0 ? placed : [{ text: ` ${text.trim()}`, startSeconds: 0, endSeconds: durationSeconds, logprob: 0 }];
  const sentences: Placed[][] = [[]];
  for (const word of spoken) {
    sentences.at(-1)!.push(word);
    if (sentenceEnd.test(word.text)) sentences.push([]);
  }
  return sentences.filter((sentence) => sentence.length > 0).map((sentence) => toSegment(sentence, words));
}

/** Words with the blank before them, in order and within the sound. Laughter and the like is none. */
function place(told: readonly ToldWord[], durationSeconds: number): readonly Placed[] {
  const placed: Placed[] = [];
  let blank = ' ';
  let from = 0;
  for (const { text, start, end, type, logprob } of told) {
    if (type === 'spacing') blank = text;
    if (type === 'spacing' || type === 'audio_event' || text.trim() === '') continue;
    const startSeconds = Math.min(durationSeconds, Math.max(from, start ?? from));
    from = Math.min(durationSeconds, Math.max(startSeconds, end ?? startSeconds));
    placed.push({ text: `${blank}${text}`, startSeconds, endSeconds: from, logprob: Math.min(0, logprob ?? 0) });
    blank = '';
  }
  return placed;
}

function toSegment(sentence: readonly Placed[], words: boolean): HeardSegment {
  const text = sentence.map((word) => word.text).join('');
  return {
    text,
    startSeconds: sentence[0]!.startSeconds,
    endSeconds: sentence.at(-1)!.endSeconds,
    tokens: [],
    temperature: 0,
    averageLogProbability: sentence.reduce((sum, { logprob }) => sum + logprob, 0) / sentence.length,
    compressionRatio: compressionRatio(text.trim()),
    noSpeechProbability: 0,
    ...(words ? { words: sentence.map(toWord) } : {}),
  };
}

function toWord({ logprob, ...placed }: Placed): HeardWord {
  return { ...placed, probability: Math.max(Number.EPSILON, Math.exp(logprob)) };
}
