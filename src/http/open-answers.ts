/** Answers that are not wholly sent yet: a client may still be reading what was made long ago. */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type OpenAnswers = {
  /** Follows every answer of a server from now on. */
  readonly watch: (server: Server) => void;
  /** True where headers of an answer are out on this connection and its end is not. */
  readonly isAnswering: (socket: Socket) => boolean;
  /** Resolves when no answer is under way, or when the signal says that it has been long enough. */
  readonly sent: (enough: AbortSignal) => Promise<void>;
};

export function createOpenAnswers(): OpenAnswers {
  const open = new Map<ServerResponse, Socket>();
  const waiting = new Set<() => void>();

  return {
    watch: (server) => {
      server.on('request', ({ socket }, response) => {
        open.set(response, socket);
        response.once('close', () => {
          open.delete(response);
          if (open.size === 0) waiting.forEach((resolve) => resolve());
        });
      });
    },
    isAnswering: (socket) => [...open].some(([response, own]) => own === socket && response.headersSent),
    sent: (enough) => new Promise((resolve) => {
      if (open.size === 0 || enough.aborted) return resolve();
      const settle = () => {
        waiting.delete(settle);
        enough.removeEventListener('abort', settle);
        resolve();
      };
      waiting.add(settle);
      enough.addEventListener('abort', settle, { once: true });
    }),
  };
}
