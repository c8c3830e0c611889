/** A WebSocket whose client sends its key with its first message, as some do where browsers let them set no header. */
import type { RawData, WebSocket } from 'ws';
import { AntiphonError } from '../errors.ts';

export type HeldSocket = {
  /** Rejects where none comes in time, or the client leaves. */
  readonly first: Promise<RawData>;
  /** From here on messages go to whoever listens; those that came meanwhile are heard again, in order. */
  readonly release: () => void;
  /** Whatever came and comes is not for anybody; it is read only so that the client's goodbye is. */
  readonly drop: () => void;
};

/** Must be called before anything of the socket was read. */
export function holdSocket(socket: WebSocket, { timeoutMs }: { readonly timeoutMs: number }): HeldSocket {
  const held: { readonly data: RawData; readonly isBinary: boolean }[] = [];
  const { promise: first, resolve, reject } = Promise.withResolvers<RawData>();
  const timer = setTimeout(() => reject(new AntiphonError('key_missing', 'An API key is needed: no first message came that could have brought one.')), timeoutMs);
  const onClose = () => reject(new AntiphonError('cancelled', 'The client left.'));
  const onMessage = (data: RawData, isBinary: boolean) => {
    held.push({ data, isBinary });
    // Nothing more is read from somebody who is not known yet.
    socket.pause();
    resolve(data);
  };
  socket.on('message', onMessage);
  socket.once('close', onClose);
  first.catch(() => undefined).finally(() => clearTimeout(timer));

  function letGo(): void {
    socket.off('message', onMessage);
    socket.off('close', onClose);
  }

  return {
    first,
    release: () => {
      letGo();
      for (const { data, isBinary } of held) socket.emit('message', data, isBinary);
      socket.resume();
    },
    drop: () => {
      letGo();
      socket.resume();
    },
  };
}
