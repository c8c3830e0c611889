/** The request on the screen as something to paste: curl, and the openai packages for Python and TypeScript. */
import type { SpeechRequest } from '../api.ts';

export const snippetLanguages = ['curl', 'Python', 'TypeScript'] as const;

export type SnippetLanguage = (typeof snippetLanguages)[number];

/** OpenAI's API has no field for it. */
const markupHeader = 'x-antiphon-markup';

/** `origin` is the page's own: `http://127.0.0.1:8080`. */
export function codeSnippet(language: SnippetLanguage, request: SpeechRequest, origin: string): string {
  switch (language) {
    case 'curl': return curl(request, origin);
    case 'Python': return python(request, origin);
    case 'TypeScript': return typeScript(request, origin);
  }
}

function curl(request: SpeechRequest, origin: string): string {
  const { model, voice, input, response_format, speed, markup } = request;
  const body = JSON.stringify({ model, voice, input, response_format, speed }, null, 2);
  // In a POSIX shell nothing is special inside single quotes but the quote itself.
  return `curl ${origin}/v1/audio/speech \\
  -H 'content-type: application/json' \\${markup === 'ssml' ? `\n  -H '${markupHeader}: ssml' \\` : ''}
  -d '${body.replaceAll("'", String.raw`'\''`)}' \\
  -o speech.${response_format}`;
}

function python({ model, voice, input, response_format, speed, markup }: SpeechRequest, origin: string): string {
  return `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="not-needed")

with client.audio.speech.with_streaming_response.create(
    model=${JSON.stringify(model)},
    voice=${JSON.stringify(voice)},
    input=${JSON.stringify(input)},
    response_format=${JSON.stringify(response_format)},
    speed=${speed},${markup === 'ssml' ? `\n    extra_headers={"${markupHeader}": "ssml"},` : ''}
) as response:
    response.stream_to_file("speech.${response_format}")`;
}

function typeScript({ model, voice, input, response_format, speed, markup }: SpeechRequest, origin: string): string {
  // OpenAI has no telephone formats, so its types do not know them; the server does.
  const telephone = response_format === 'ulaw' || response_format === 'alaw';
  const format = `${telephone ? '// @ts-expect-error a format of Antiphon\'s own\n  ' : ''}response_format: ${JSON.stringify(response_format)}`;
  return `import { writeFile } from 'node:fs/promises';
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: 'not-needed' });

const response = await client.audio.speech.create({
  model: ${JSON.stringify(model)},
  voice: ${JSON.stringify(voice)},
  input: ${JSON.stringify(input)},
  ${format},
  speed: ${speed},
}${markup === 'ssml' ? `, { headers: { '${markupHeader}': 'ssml' } }` : ''});
await writeFile('speech.${response_format}', response.body!);`;
}
