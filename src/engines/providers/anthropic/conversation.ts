/** A conversation in the form that Anthropic's messages API has for it: instructions apart, then turns that alternate. */
import type { ChatMessage } from '../../kinds.ts';

export type Turn = { readonly role: 'user' | 'assistant'; readonly content: string };

/** The API refuses a conversation that the assistant opens; this stands for whatever made him speak first. */
const opening: Turn = { role: 'user', content: '…' };

/** System messages go to the front wherever they stand; where nobody else speaks, the last one is what is asked. */
export function toConversation(messages: readonly ChatMessage[]): { readonly system: string | undefined; readonly turns: readonly Turn[] } {
  const instructions = messages.filter(({ role, content }) => role === 'system' && content.trim() !== '').map(({ content }) => content);
  const turns = mergeTurns(messages);
  if (turns.length === 0) turns.push({ role: 'user', content: instructions.pop() ?? opening.content });
  if (turns[0]!.role === 'assistant') turns.unshift(opening);
  return { system: instructions.length === 0 ? undefined : instructions.join('\n\n'), turns };
}

/** Empty turns are left out, since the API refuses them. */
function mergeTurns(messages: readonly ChatMessage[]): Turn[] {
  const turns: Turn[] = [];
  for (const { role, content } of messages) {
    if (role === 'system' || content.trim() === '') continue;
    const last = turns.at(-1);
    if (last?.role === role) turns[turns.length - 1] = { role, content: `${last.content}\n\n${content}` };
    else turns.push({ role, content });
  }
  return turns;
}
