/** Gets a file of the speech in the chosen format and hands it to the browser's download. */
import { requestSpeech, type SpeechRequest } from '../api.ts';
import type { Take } from '../audio/take.ts';
import { toWavFile } from '../audio/wav-file.ts';
import { fileName } from './format-choices.ts';

/** Speaks anew in the format of the request: encoded on the server, straight from the voice. */
export async function saveSpeech(request: SpeechRequest, signal: AbortSignal): Promise<string> {
  const { bytes, speaker } = await requestSpeech(request, signal);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const part of bytes) parts.push(part);
  const name = fileName({ voice: speaker.voice, format: request.response_format, at: new Date() });
  offer(new Blob(parts), name);
  return name;
}

/** What was heard, sample for sample, however far it came. */
export function saveTake(take: Take, voice: string, format: 'wav' | 'pcm' = 'wav'): string {
  const bytes = take.toBytes();
  const name = fileName({ voice, format, at: new Date() });
  offer(format === 'wav' ? toWavFile(bytes, take.sampleRateHz) : new Blob([bytes]), name);
  return name;
}

/** What was heard, as captions. */
export function saveCaptions(captions: string, voice: string, format: string): string {
  const name = fileName({ voice, format, at: new Date() });
  offer(new Blob([captions], { type: format === 'vtt' ? 'text/vtt' : 'application/x-subrip' }), name);
  return name;
}

function offer(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download reads the blob after this turn; a minute is more than any browser takes to begin.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
