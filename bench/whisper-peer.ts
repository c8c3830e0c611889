/** The peer: Python's faster-whisper with the same model file, on the same recordings. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type PeerResult = {
  /** Milliseconds of each round, by thread count and recording. */
  readonly times: readonly { readonly threads: number; readonly recording: string; readonly ms: readonly number[] }[];
  /** What it heard in each of the texts' recordings. */
  readonly texts: readonly string[];
};

const script = `
import json, sys, time
from faster_whisper import WhisperModel
order = json.load(open(sys.argv[1]))
options = dict(language='en', beam_size=1, without_timestamps=True, condition_on_previous_text=False)
times, texts = [], []
for threads in (1, 2):
    model = WhisperModel(order['model'], device='cpu', compute_type='int8', cpu_threads=threads)
    hear = lambda path: ''.join(segment.text for segment in model.transcribe(path, **options)[0])
    for recording in order['timed']:
        hear(recording)
        ms = []
        for _ in range(order['rounds']):
            started = time.perf_counter()
            hear(recording)
            ms.append((time.perf_counter() - started) * 1000)
        times.append(dict(threads=threads, recording=recording, ms=ms))
    if threads == 2: texts = [hear(path) for path in order['heard']]
json.dump(dict(times=times, texts=texts), open(sys.argv[2], 'w'))
`;

/** A Python with faster-whisper: the given one, or one made for the purpose (needs python3 and its index). */
export function pythonWithWhisper(given: string | undefined): string | undefined {
  if (given !== undefined) return given;
  const folder = join(tmpdir(), 'antiphon-bench-whisper');
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  if (spawnSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' }).status !== 0) return undefined;
  return spawnSync(python, ['-m', 'pip', 'install', '-q', 'faster-whisper==1.2.1'], { stdio: 'ignore' }).status === 0 ? python : undefined;
}

export type PeerOrder = { readonly python: string; readonly model: string; readonly timed: readonly string[]; readonly heard: readonly string[]; readonly rounds: number };

export function runWhisperPeer({ python, ...order }: PeerOrder): PeerResult {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-bench-'));
  try {
    const [program, orderFile, resultFile] = ['peer.py', 'order.json', 'result.json'].map((name) => join(folder, name)) as [string, string, string];
    writeFileSync(program, script);
    writeFileSync(orderFile, JSON.stringify(order));
    const { status, stderr } = spawnSync(python, [program, orderFile, resultFile], { encoding: 'utf8', env: { ...process.env, HF_HUB_OFFLINE: '1' } });
    if (status !== 0) throw new Error(`faster-whisper failed: ${stderr.slice(-500)}`);
    return JSON.parse(readFileSync(resultFile, 'utf8')) as PeerResult;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
