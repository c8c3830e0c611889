/** A text that is still being written, for whoever may have to begin it anew: the members of a chain each read it from its beginning. */
import { AntiphonError } from '../errors.ts';
import { createSpool } from '../spool.ts';
import { hasSpeakableContent } from '../text/speakable.ts';
import { createSentenceStream } from '../text/sentence-stream.ts';
import { untilOrAborted } from './until-or-aborted.ts';

/**
 * Resolves once a first sentence is complete, so that nobody is asked to speak, and measured, while there is nothing to
 * say. Errors: those of the text; input_empty where it ends before; the signal's reason.
 */
export async function withFirstSentence(pieces: AsyncIterable<string>, signal: AbortSignal): Promise<AsyncIterable<string>> {
  const spool = createSpool<string>();
  const first = Promise.withResolvers<void>();
  void follow();
  await untilOrAborted(first.promise, signal);
  return { [Symbol.asyncIterator]: spool.read };

  async function follow(): Promise<void> {
    const sentences = createSentenceStream();
    let hasSentences = false;
    try {
      for await (const piece of pieces) {
        spool.push(piece);
        const complete = sentences.push(piece);
        hasSentences ||= complete.length > 0;
        if (complete.some(({ text }) => hasSpeakableContent(text))) first.resolve();
      }
      spool.end();
      // A lone sign or emoji may have a name: whoever plans it will see.
      if (hasSentences || sentences.flush().length > 0) first.resolve();
      first.reject(new AntiphonError('input_empty', 'input holds nothing that can be spoken.', { param: 'input' }));
    } catch (error) {
      spool.fail(error);
      first.reject(error);
    }
  }
}
