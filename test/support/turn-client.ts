/** What tests and benches ask of spoken conversations, as a client would. */

export type WireEvent = { readonly event: string; readonly data: Record<string, unknown> };

export async function startSession(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/session/start`, { method: 'POST' });
  if (!answer.ok) throw new Error(await answer.text());
  return ((await answer.json()) as { session_id: string }).session_id;
}

export function turnForm(audio: Uint8Array, fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  form.set('audio', new Blob([new Uint8Array(audio)]), 'recording.wav');
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

/** Events as they come; leaving the loop drops the connection. */
export async function* readEvents(answer: Response): AsyncGenerator<WireEvent> {
  let text = '';
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/s.exec(block)!;
      yield { event: event!, data: JSON.parse(data!) as Record<string, unknown> };
    }
  }
}
