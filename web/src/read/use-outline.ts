/** What the server finds in the text, a moment after it was last changed. */
import { useEffect, useState } from 'react';
import { ApiFailure, isAbort } from '../api.ts';
import { contentOf, type BookSource } from './book-source.ts';
import { fetchOutline, type Outline, type ReadingOptions } from './jobs-api.ts';

export type OutlineState = { readonly outline: Outline | undefined; readonly failure: ApiFailure | undefined; readonly looking: boolean };

const settleMs = 350;

type Answer = { readonly source: BookSource; readonly chapters: ReadingOptions['chapters']; readonly outline?: Outline; readonly failure?: ApiFailure };

export function useOutline(source: BookSource, chapters: ReadingOptions['chapters']): OutlineState {
  const [answer, setAnswer] = useState<Answer>();
  useEffect(() => {
    const content = contentOf(source);
    if (content === undefined) return undefined;
    const left = new AbortController();
    const timer = window.setTimeout(() => {
      fetchOutline(content, { chapters }, left.signal).then(
        (outline) => setAnswer({ source, chapters, outline }),
        (thrown: unknown) => {
          if (!isAbort(thrown)) setAnswer({ source, chapters, failure: thrown instanceof ApiFailure ? thrown : new ApiFailure('internal', 'The text could not be looked at.') });
        },
      );
    }, source.kind === 'file' ? 0 : settleMs);
    return () => {
      window.clearTimeout(timer);
      left.abort();
    };
  }, [source, chapters]);
  if (contentOf(source) === undefined) return { outline: undefined, failure: undefined, looking: false };
  // Said of another text it would be wrong.
  const own = answer?.source === source && answer.chapters === chapters ? answer : undefined;
  return { outline: own?.outline, failure: own?.failure, looking: own === undefined };
}
