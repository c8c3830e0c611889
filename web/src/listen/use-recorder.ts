/** Records from the microphone into a file, which is handed on when the recording is stopped. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { closeMicrophone, openMicrophone } from './microphone.ts';

export type Recorder = {
  readonly state: 'idle' | 'opening' | 'recording';
  readonly seconds: number;
  readonly start: () => Promise<void>;
  readonly stop: () => void;
};

const tickMs = 200;
/** What is recorded so far is put aside so often, so that a long recording does not lie in the encoder. */
const sliceMs = 1_000;

/** Errors of `start`: ApiFailure `microphone`. `onFile` must be a stable function. */
export function useRecorder(onFile: (file: File) => void): Recorder {
  const [state, setState] = useState<Recorder['state']>('idle');
  const [seconds, setSeconds] = useState(0);
  const recorder = useRef<MediaRecorder>(undefined);

  useEffect(() => {
    if (state !== 'recording') return undefined;
    const beganMs = performance.now();
    const timer = window.setInterval(() => setSeconds((performance.now() - beganMs) / 1000), tickMs);
    return () => window.clearInterval(timer);
  }, [state]);

  const start = useCallback(async () => {
    setState('opening');
    setSeconds(0);
    try {
      const microphone = await openMicrophone();
      const own = new MediaRecorder(microphone);
      const parts: Blob[] = [];
      own.addEventListener('dataavailable', ({ data }) => parts.push(data));
      own.addEventListener('stop', () => {
        closeMicrophone(microphone);
        setState('idle');
        onFile(new File(parts, nameOf(own.mimeType, new Date()), { type: own.mimeType }));
      });
      own.start(sliceMs);
      recorder.current = own;
      setState('recording');
    } catch (thrown) {
      setState('idle');
      throw thrown;
    }
  }, [onFile]);

  return { state, seconds, start, stop: useCallback(() => { if (recorder.current?.state === 'recording') recorder.current.stop(); }, []) };
}

/** `recording-20261123-121500.webm` */
function nameOf(mimeType: string, at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  const time = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
  const ending = mimeType.includes('mp4') ? 'm4a' : mimeType.includes('ogg') ? 'ogg' : 'webm';
  return `recording-${day}-${time}.${ending}`;
}
