/** The request on the screen as something to paste: curl, and the openai packages for Python and TypeScript. */
import type { SpeechRequest } from '../api.ts';

export const snippetLanguages = ['curl', 'Python', 'TypeScript'] as const;

export type SnippetLanguage = (typeof snippetLanguages)[number];

/** OpenAI's API has no field for it. */
const markupHeader = 'x-antiphon-markup';

export type SnippetServer = {
  /** The page's own: `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** The key itself is nothing to be pasted about: it is read from the variable that is named. */
  readonly needsKey: boolean;
};

/** Not ANTIPHON_…: the server takes variables of that kind for its own settings. */
const keyVariable = 'VOICE_SERVER_KEY';

export function codeSnippet(language: SnippetLanguage, request: SpeechRequest, server: SnippetServer): string {
  switch (language) {
    case 'curl': return curl(request, server);
    case 'Python': return python(request, server);
    case 'TypeScript': return typeScript(request, server);
  }
}

function curl(request: SpeechRequest, { origin, needsKey }: SnippetServer): string {
  const { model, voice, input, response_format, speed, markup } = request;
  const body = JSON.stringify({ model, voice, input, response_format, speed }, null, 2);
  // In a POSIX shell nothing is special inside single quotes but the quote itself.
  return `curl ${origin}/v1/audio/speech \\
  -H 'content-type: application/json' \\${needsKey ? `\n  -H "authorization: Bearer $${keyVariable}" \\` : ''}${markup === 'ssml' ? `\n  -H '${markupHeader}: ssml' \\` : ''}
  -d '${body.replaceAll("'", String.raw`'\''`)}' \\
  -o speech.${response_format}`;
}

function python({ model, voice, input, response_format, speed, markup }: SpeechRequest, { origin, needsKey }: SnippetServer): string {
  return `${needsKey ? 'import os\n' : ''}from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key=${needsKey ? `os.environ["${keyVariable}"]` : '"not-needed"'})

with client.audio.speech.with_streaming_response.create(
    model=${JSON.stringify(model)},
    voice=${JSON.stringify(voice)},
    input=${JSON.stringify(input)},
    response_format=${JSON.stringify(response_format)},
    speed=${speed},${markup === 'ssml' ? `\n    extra_headers={"${markupHeader}": "ssml"},` : ''}
) as response:
    response.stream_to_file("speech.${response_format}")`;
}

function typeScript({ model, voice, input, response_format, speed, markup }: SpeechRequest, { origin, needsKey }: SnippetServer): string {
  // OpenAI has no telephone formats, so its types do not know them; the server does.
  const telephone = response_format === 'ulaw' || response_format === 'alaw';
  const format = `${telephone ? '// @ts-expect-error a format of Antiphon\'s own\n  ' : ''}response_format: ${JSON.stringify(response_format)}`;
  return `import { writeFile } from 'node:fs/promises';
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: ${needsKey ? `process.env.${keyVariable}` : "'not-needed'"} });

const response = await client.audio.speech.create({
  model: ${JSON.stringify(model)},
  voice: ${JSON.stringify(voice)},
  input: ${JSON.stringify(input)},
  ${format},
  speed: ${speed},
}${markup === 'ssml' ? `, { headers: { '${markupHeader}': 'ssml' } }` : ''});
await writeFile('speech.${response_format}', response.body!);`;
}
