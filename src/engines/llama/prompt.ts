/** A conversation in the words of the model's own chat template, as tokens. */
import type { ChatHistoryItem, ChatWrapper, LlamaModel, Token } from 'node-llama-cpp';
import { AntiphonError } from '../../errors.ts';
import type { ChatMessage } from '../kinds.ts';
import type { LlamaModule } from './llama-runtime.ts';

/** What is typed by people never becomes one of the template's marks. */
export type ToPrompt = (messages: readonly ChatMessage[]) => Token[];

/** `template`: Jinja, from the file; without one, or with one that cannot be read, what the library takes the model for. */
export function createToPrompt(library: LlamaModule, model: LlamaModel, template: string | undefined): ToPrompt {
  const wrapper = wrapperOf(library, model, template);
  return (messages) => {
    try {
      // An empty answer at the end is where the model goes on.
      const chatHistory: ChatHistoryItem[] = [...messages.map(toHistoryItem), { type: 'model', response: [] }];
      return wrapper.generateContextState({ chatHistory }).contextText.tokenize(model.tokenizer);
    } catch (cause) {
      throw new AntiphonError('input_invalid', 'The model\'s chat template does not take messages in this order; begin with the user, then take turns.', { param: 'messages', cause });
    }
  };
}

function wrapperOf(library: LlamaModule, model: LlamaModel, template: string | undefined): ChatWrapper {
  if (template !== undefined) {
    try {
      return new library.JinjaTemplateChatWrapper({
        template,
        tokenizer: model.tokenizer,
        joinAdjacentMessagesOfTheSameType: false,
        trimLeadingWhitespaceInResponses: false,
        // Models that can think aloud are asked to answer: who waits for speech does not wait for thoughts.
        additionalRenderParameters: { enable_thinking: false },
      });
    } catch {
      // A template that this reader of Jinja does not understand.
    }
  }
  return library.resolveChatWrapper(model, { fallbackToOtherWrappersOnJinjaError: true });
}

function toHistoryItem({ role, content }: ChatMessage): ChatHistoryItem {
  return role === 'assistant' ? { type: 'model', response: [content] } : { type: role, text: content };
}
