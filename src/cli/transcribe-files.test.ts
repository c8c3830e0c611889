/** What the command writes where, on recordings that say what a script says. */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AntiphonError, type ErrorCode } from '../errors.ts';
import type { Transcribe, TranscribeRequest, TranscriptSegment } from '../transcription/transcript.ts';
import { createTranscribeDisplay } from './transcribe-display.ts';
import { transcribeFiles, type TranscribeFilesOptions } from './transcribe-files.ts';
import { findRecordings, keepStandardInput } from './transcribe-inputs.ts';
import { chooseTargets, type TargetFlags } from './transcribe-targets.ts';

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'antiphon-transcribe-test-')); });
afterEach(async () => { await rm(folder, { recursive: true, force: true }); });
const at = (name: string) => join(folder, name);

/** Each line of a file is a segment of a second; a line that is an error's code fails with it. */
async function recording(name: string, ...lines: readonly string[]): Promise<string> {
  await mkdir(join(at(name), '..'), { recursive: true });
  await writeFile(at(name), lines.join('\n'));
  return at(name);
}

const codes: readonly ErrorCode[] = ['audio_unreadable', 'engine_failed', 'language_unknown'];

function segmentOf(text: string, index: number): TranscriptSegment {
  return { index, text: ` ${text}`, startSeconds: index, endSeconds: index + 1, tokens: [], temperature: 0, averageLogProbability: 0, compressionRatio: 1, noSpeechProbability: 0 };
}

function scripted(asked: TranscribeRequest[] = []): Transcribe {
  return async (request, signal) => {
    asked.push(request);
    const lines = String(await readFile(request.path)).split('\n').filter((line) => line !== '');
    return {
      provider: 'local',
      model: 'whisper/base',
      insteadOf: request.model === 'small' ? 'small' : undefined,
      expectedSeconds: lines.length,
      summary: () => ({ language: 'en', languageProbability: 0.9, durationSeconds: lines.length, speechSeconds: lines.length }),
      parts: (async function* parts() {
        for (const [index, line] of lines.entries()) {
          signal.throwIfAborted();
          const code = codes.find((one) => one === line);
          if (code !== undefined) throw new AntiphonError(code, `It says ${code}.`, { param: 'file' });
          yield { segments: [segmentOf(line, index)], doneSeconds: index + 1 };
        }
      })(),
    };
  };
}

function sink(isTTY = false) {
  const parts: string[] = [];
  return { parts, text: () => parts.join(''), output: { write: (text: string) => { parts.push(text); return true; }, once: () => undefined, isTTY } };
}

type Trial = { readonly flags?: TargetFlags; readonly more?: Partial<TranscribeFilesOptions>; readonly isRecursive?: boolean; readonly isTerminal?: boolean };

async function run(paths: readonly string[], { flags = {}, more = {}, isRecursive = false, isTerminal = false }: Trial = {}) {
  const [stdout, stderr] = [sink(isTerminal), sink()];
  const recordings = await findRecordings(paths, { isRecursive, isMedia: async (path) => !path.endsWith('.md') });
  const targets = await chooseTargets(flags, recordings);
  const work = transcribeFiles({
    recordings, targets, transcribe: scripted(), output: stdout.output, errorOutput: stderr.output,
    request: { model: 'whisper-1', task: 'transcribe', words: false }, showsWords: false,
    display: createTranscribeDisplay({ output: stderr.output, isQuiet: false }), isQuiet: false, asJson: false, nowMs: () => 0, signal: new AbortController().signal,
    ...more,
  });
  const error = await work.then(() => undefined, (thrown: unknown) => thrown as AntiphonError);
  return { error, stdout: stdout.text(), stderr: stderr.text(), written: stdout.parts };
}

describe('to standard output', () => {
  it('writes the text while it is heard, as a file would hold it', async () => {
    const { stdout, written, stderr } = await run([await recording('a.wav', 'One.', 'Two.  ', 'Three.')]);
    expect(stdout).toBe('One. Two.   Three.\n');
    expect(written.length).toBeGreaterThan(2);
    expect(stderr).toMatch(/a\.wav: 0:03, 0:03 of speech in English; took 0:00 \(whisper\/base\)\n$/);
  });

  it('writes a line each for eyes', async () => {
    expect((await run([await recording('a.wav', 'One.', 'Two.')], { isTerminal: true })).stdout).toBe('One.\nTwo.\n');
  });

  it('writes nothing where nobody speaks, and says so beside it', async () => {
    const { stdout, stderr } = await run([await recording('a.wav')]);
    expect(stdout).toBe('');
    expect(stderr).toContain('nobody speaks in it');
  });

  it('puts names above several', async () => {
    const { stdout } = await run([await recording('a.wav', 'One.'), await recording('b.wav', 'Two.')]);
    expect(stdout).toBe(`==> ${at('a.wav')} <==\nOne.\n\n==> ${at('b.wav')} <==\nTwo.\n`);
  });

  it('writes captions and JSON whole', async () => {
    const path = await recording('a.wav', 'One.');
    expect((await run([path], { flags: { format: 'srt' } })).stdout).toMatch(/^1\n00:00:0\d,\d{3} --> 00:00:0\d,\d{3}\nOne\.\n$/);
    expect(JSON.parse((await run([path], { flags: { format: 'verbose_json' } })).stdout)).toMatchObject({ text: 'One.', language: 'english', segments: [{ id: 0 }] });
  });
});

describe('to files', () => {
  it('takes the format from the ending', async () => {
    const { stdout } = await run([await recording('a.wav', 'One.')], { flags: { output: at('a.vtt') } });
    expect(stdout).toBe('');
    expect(String(await readFile(at('a.vtt')))).toMatch(/^WEBVTT\n/);
  });

  it('writes every format of every recording into a folder, which it makes', async () => {
    await run([await recording('a.wav', 'One.'), await recording('b.mp3', 'Two.')], { flags: { format: 'txt, srt,text', output: at('out/texts') } });
    expect((await readdir(at('out/texts'))).toSorted()).toEqual(['a.srt', 'a.txt', 'b.srt', 'b.txt']);
    expect(String(await readFile(at('out/texts/b.txt')))).toBe('Two.\n');
  });

  it('takes the recordings out of a folder, by content and by name, those of its folders only when asked', async () => {
    for (const name of ['in/b.wav', 'in/a.mp3', 'in/deep/c.wav', 'in/notes.md', 'in/.hidden.wav']) await recording(name, 'Word.');
    await run([at('in')], { flags: { output: at('flat/') } });
    expect((await readdir(at('flat'))).toSorted()).toEqual(['a.txt', 'b.txt']);
    await run([at('in')], { flags: { output: at('deep') }, isRecursive: true });
    expect((await readdir(at('deep'), { recursive: true })).toSorted()).toEqual(['a.txt', 'b.txt', 'deep', 'deep/c.txt']);
  });

  it('keeps transcripts of recordings with one name apart', async () => {
    await run([await recording('a.wav', 'One.'), await recording('a.mp3', 'Two.')], { flags: { output: at('out') } });
    expect(String(await readFile(at('out/a.wav.txt'))) + String(await readFile(at('out/a.mp3.txt')))).toBe('One.\nTwo.\n');
  });

  it('leaves nothing of a recording that fails half-way', async () => {
    const { error } = await run([await recording('a.wav', 'One.', 'engine_failed')], { flags: { output: at('a.txt') } });
    expect(error?.code).toBe('engine_failed');
    expect(await readdir(folder)).toEqual(['a.wav']);
  });

  it.each<[string, TargetFlags, RegExp]>([
    ['a format that does not exist', { format: 'docx' }, /"docx" is no format.*text, srt, vtt, json, verbose_json/],
    ['an ending that says no format', { output: 'a.doc' }, /--format/],
    ['several formats without a folder', { format: 'srt,vtt' }, /-o FOLDER/],
    ['formats that have one ending', { format: 'json,verbose_json', output: '.' }, /written over/],
  ])('refuses %s', async (_name, flags, message) => {
    await expect(run([await recording('a.wav', 'One.')], { flags })).rejects.toThrow(message);
  });

  it('never writes over the recording', async () => {
    const path = await recording('a.wav', 'One.');
    await expect(run([path], { flags: { format: 'text', output: path } })).rejects.toThrow(/written over/);
    await expect(run([path, path], { flags: { output: at('out') } })).rejects.toThrow(/written over/);
  });
});

describe('what fails', () => {
  it('does not stop the others, and is told at the end', async () => {
    const { error, stdout, stderr } = await run([await recording('a.wav', 'audio_unreadable'), await recording('b.wav', 'Two.')]);
    expect(stdout).toContain('Two.');
    expect(stderr).toContain('a.wav: It says audio_unreadable.');
    expect(error).toMatchObject({ code: 'audio_unreadable', message: '1 of 2 recordings could not be transcribed.' });
  });

  it('stops everything where it would fail for every recording', async () => {
    const { error, stdout } = await run([await recording('a.wav', 'language_unknown'), await recording('b.wav', 'Two.')]);
    expect({ code: error?.code, stdout }).toEqual({ code: 'language_unknown', stdout: '' });
  });

  it('is a line of JSON each for programs', async () => {
    const { stderr } = await run([await recording('a.wav', 'audio_unreadable'), await recording('b.wav', 'Two.')], { flags: { output: at('out') }, more: { asJson: true } });
    expect(stderr.trim().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
      { file: at('a.wav'), error: { code: 'audio_unreadable', message: 'It says audio_unreadable.', param: 'file' } },
      { file: at('b.wav'), model: 'whisper/base', instead_of: null, language: 'en', language_probability: 0.9, duration_seconds: 1, speech_seconds: 1, elapsed_ms: 0, outputs: [at('out/b.txt')] },
    ]);
  });

  it('ends at once when it is interrupted', async () => {
    const stop = new AbortController();
    const asked: TranscribeRequest[] = [];
    const stopping: Transcribe = async (request, signal) => {
      stop.abort(new AntiphonError('cancelled', 'Interrupted.'));
      return scripted(asked)(request, signal);
    };
    const { error } = await run([await recording('a.wav', 'One.'), await recording('b.wav', 'Two.')], { more: { transcribe: stopping, signal: stop.signal } });
    expect({ code: error?.code, asked: asked.length }).toEqual({ code: 'cancelled', asked: 1 });
  });

  it('says who listened in place of another', async () => {
    const { stderr } = await run([await recording('a.wav', 'One.')], { more: { request: { model: 'small', task: 'transcribe', words: false } } });
    expect(stderr).toContain('! small cannot serve now; whisper/base listens instead.\n');
  });

  it('is a file that is not there, or a folder without recordings', async () => {
    await expect(run([at('nowhere.wav')])).rejects.toThrow(/nowhere\.wav cannot be read/);
    await recording('in/notes.md');
    await expect(run([at('in')])).rejects.toThrow(/holds no audio or video; --recursive/);
  });
});

describe('standard input', () => {
  it('is kept for as long as it is read', async () => {
    const { recording: kept, remove } = await keepStandardInput(Readable.from(['One.']), new AbortController().signal);
    expect(String(await readFile(kept.path))).toBe('One.');
    await remove();
    await expect(readFile(kept.path)).rejects.toThrow('ENOENT');
  });

  it('is not waited for where nobody pipes anything in, nor after an interruption', async () => {
    const terminal = Object.assign(Readable.from([]), { isTTY: true });
    await expect(keepStandardInput(terminal, new AbortController().signal)).rejects.toMatchObject({ code: 'input_empty' });
    const stop = new AbortController();
    const endless = new Readable({ read: () => undefined });
    const kept = keepStandardInput(endless, stop.signal);
    stop.abort(new AntiphonError('cancelled', 'Interrupted.'));
    await expect(kept).rejects.toMatchObject({ code: 'cancelled' });
  });
});
