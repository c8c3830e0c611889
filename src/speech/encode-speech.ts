/** Spoken samples as bytes of the format that was asked for, with what is said in them; keeps the request's books while they pass. */
import { createEncoder, encodeStream } from '../audio/encoder.ts';
import { tagStream } from '../audio/metadata/tag-stream.ts';
import { machineMadeTags } from '../audio/metadata/tags.ts';
import type { Marker } from '../audio/watermark/marker.ts';
import type { RequestHandle } from '../dispatch/request-registry.ts';
import { toAntiphonError } from '../errors.ts';
import { marked } from './marking/speech-marks.ts';
import type { PlannedSpeech } from './plan-speech.ts';
import type { SpeakRequest } from './speak.ts';
import type { Account } from './speech-account.ts';
import type { SpokenPart } from './synthesise-plan.ts';
import type { SpeechPart, TimedSentence } from './timed-sentence.ts';

export type EncodeSpeechOptions = { readonly request: SpeakRequest; readonly planned: PlannedSpeech; readonly spoken: AsyncIterable<SpokenPart>; readonly handle: RequestHandle; readonly account: Account; /** Of what owes one. */ readonly marker: Marker | undefined };

export async function* encodeSpeech({ request, planned: { voice, outputRateHz }, spoken, handle, account, marker }: EncodeSpeechOptions): AsyncGenerator<SpeechPart> {
  let news: TimedSentence[] = [];
  const takeNews = (): TimedSentence[] => {
    const taken = news;
    news = [];
    return taken;
  };

  async function* samples(): AsyncGenerator<Float32Array> {
    for await (const part of spoken) {
      news.push(...part.sentences);
      if (part.samples.length === 0) continue;
      account.count(part.samples.length, handle);
      yield part.samples;
    }
  }

  try {
    const encoder = createEncoder({ format: request.format, inputRateHz: voice.sampleRateHz, outputRateHz, bitrateBps: request.bitrateBps });
    const chunks = marker === undefined ? samples() : account.marked(marked(samples(), marker));
    const encoded = encodeStream({ encoder, inputRateHz: voice.sampleRateHz, chunks });
    for await (const bytes of marker === undefined ? encoded : tagStream({ format: request.format, tags: machineMadeTags, totalSamples: 0, bytes: encoded })) {
      account.sent();
      yield { bytes, sentences: takeNews() };
    }
    if (news.length > 0) yield { bytes: new Uint8Array(0), sentences: takeNews() };
    // The end of the answer says that it is all there: by then the books must say so, too.
    await account.close('ok');
  } catch (error) {
    await account.close(toAntiphonError(error).code, error);
    throw error;
  } finally {
    // Reached without either where the reader has left the loop.
    await account.close('cancelled');
    handle.end();
  }
}
