/** In whose words a route answers what goes wrong: a property of the route, with OpenAI's as the default. */
import type { FastifyRequest } from 'fastify';
import type { AntiphonError } from '../errors.ts';
import { toOpenAiError } from './openai/errors.ts';

/** From a failure to the status and JSON body that this vendor's clients know. */
export type Dialect = (error: AntiphonError, requestId: string) => { readonly status: number; readonly body: object };

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly dialect?: Dialect;
  }
}

export const openAiDialect: Dialect = (error) => ({ status: error.status, body: toOpenAiError(error) });

/** Unknown paths belong to no vendor and answer in the default. */
export function dialectOf(request: FastifyRequest): Dialect {
  return request.routeOptions.config.dialect ?? openAiDialect;
}
