/** What tests have heard by a running server, over its own route, without a vendor's client in between. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

export type HeardEvent = { readonly name: string; readonly data: Readonly<Record<string, unknown>> };

export type OpenTranscription = {
  /** What has come so far. */
  readonly events: readonly HeardEvent[];
  /** Of the whole recording; rejects where it failed, with the error's code. */
  readonly text: Promise<string>;
};

export type TranscriptionFields = { readonly model?: string; readonly language?: string; readonly signal?: AbortSignal };

export function openTranscription(url: string, path: string, { signal, ...fields }: TranscriptionFields = {}): OpenTranscription {
  const events: HeardEvent[] = [];
  const text = listen();
  text.catch(() => undefined);
  return { events, text };

  async function listen(): Promise<string> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob([await readFile(path)]), basename(path));
    const response = await fetch(`${url}/api/v1/transcriptions`, { method: 'POST', body: form, ...(signal ? { signal } : {}) });
    if (!response.ok) throw new Error(await response.text());
    let unread = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (unread + chunk).split('\n\n');
      unread = blocks.pop()!;
      for (const block of blocks) events.push(toEvent(block));
    }
    const last = events.at(-1);
    if (last?.name !== 'done') throw new Error(JSON.stringify(last?.data));
    return String(last.data['text']);
  }
}

function toEvent(block: string): HeardEvent {
  const [, name = '', data = '{}'] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
  return { name, data: JSON.parse(data) as HeardEvent['data'] };
}

export async function transcribeFile(url: string, path: string, fields?: TranscriptionFields): Promise<string> {
  return openTranscription(url, path, fields).text;
}
