/** Where a recording comes in: dropped, chosen, recorded, or spoken live. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiFailure } from '../api.ts';
import { formatClock } from '../shell/format-quantity.ts';
import { ListenIcon, StopIcon } from '../shell/icons.tsx';
import { openMicrophone } from './microphone.ts';
import { useRecorder } from './use-recorder.ts';

type RecordingInputProps = {
  readonly isBusy: boolean;
  /** Nobody but this server hears it; undefined while that is not known. */
  readonly staysHere: boolean | undefined;
  /** Seconds that were spoken so far; undefined where the microphone is not open for live words. */
  readonly liveSeconds: number | undefined;
  readonly onFile: (file: File) => void;
  readonly onLive: (microphone: MediaStream) => void;
  readonly onFinishLive: () => void;
};

export function RecordingInput({ isBusy, staysHere, liveSeconds, onFile, onLive, onFinishLive }: RecordingInputProps) {
  const { zone, isOver } = useFileDrop(onFile);
  const chooser = useRef<HTMLInputElement>(null);
  const [failure, setFailure] = useState<ApiFailure>();
  const recorder = useRecorder(onFile);
  const isRecording = recorder.state === 'recording';
  const isFree = recorder.state === 'idle' && liveSeconds === undefined;

  const attempt = async (work: () => Promise<void>) => {
    setFailure(undefined);
    try {
      await work();
    } catch (thrown) {
      setFailure(thrown instanceof ApiFailure ? thrown : new ApiFailure('microphone', 'The microphone could not be opened.'));
    }
  };

  return (
    <section ref={zone} className="panel recording" aria-label="Recording" data-over={isOver}>
      <p className="recording-hint">
        <ListenIcon />
        <span><strong>Drop audio or video here</strong><span className="quiet">MP3, M4A, WAV, Ogg, FLAC, WebM, MP4 …{staysHere === true && ' It stays on your own machine.'}{staysHere === false && ' Providers may be asked to hear it: see the page Providers.'}</span></span>
      </p>
      <div className="recording-tools">
        <input
          ref={chooser}
          className="visually-hidden"
          type="file"
          accept="audio/*,video/*,.mkv,.amr,.caf,.wma"
          tabIndex={-1}
          aria-hidden="true"
          onChange={(event) => {
            const file = event.target.files?.[0];
            // The same file chosen twice is a wish, too.
            event.target.value = '';
            if (file) onFile(file);
          }}
        />
        {isFree && (
          <>
            <button type="button" className="button button-primary" onClick={() => chooser.current?.click()}>Choose a file</button>
            <button type="button" className="button" onClick={() => void attempt(recorder.start)}><span className="record-dot" aria-hidden="true" />Record</button>
            <button type="button" className="button" disabled={isBusy} onClick={() => void attempt(async () => onLive(await openMicrophone()))}>Speak live</button>
          </>
        )}
        {isRecording && (
          <>
            <button type="button" className="button button-primary" onClick={recorder.stop}><StopIcon />Stop and transcribe</button>
            <p className="recording-now"><span className="record-dot" data-on="true" aria-hidden="true" /><span className="visually-hidden">Recording, </span><span className="figure">{formatClock(recorder.seconds)}</span></p>
          </>
        )}
        {recorder.state === 'opening' && <p className="quiet">Waiting for the microphone…</p>}
        {liveSeconds !== undefined && (
          <>
            <button type="button" className="button button-primary" onClick={onFinishLive}><StopIcon />Finish</button>
            <p className="recording-now"><span className="record-dot" data-on="true" aria-hidden="true" /><span className="visually-hidden">Live, </span><span className="figure">{formatClock(liveSeconds)}</span></p>
          </>
        )}
      </div>
      {failure && <p className="field-error" role="alert">{failure.message}</p>}
    </section>
  );
}

/** For the mouse alone: the button beside does the same for everybody. */
function useFileDrop(onFile: (file: File) => void) {
  const zone = useRef<HTMLElement>(null);
  const [isOver, setOver] = useState(false);
  const take = useCallback((event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer?.files[0];
    if (file) onFile(file);
  }, [onFile]);
  useEffect(() => {
    const closed = new AbortController();
    const { signal } = closed;
    zone.current?.addEventListener('dragover', (event) => { event.preventDefault(); setOver(true); }, { signal });
    zone.current?.addEventListener('dragleave', () => setOver(false), { signal });
    zone.current?.addEventListener('drop', take, { signal });
    return () => closed.abort();
  }, [take]);
  return { zone, isOver };
}
