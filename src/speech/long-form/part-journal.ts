/**
 * What was spoken of a part, kept so that a crash costs no finished sentence: samples in one file, and in another a
 * line for each sentence that says where its samples end. The samples are on the disk before their line is, so a line
 * is a promise; what lies behind the last line is cut off when the part is opened again.
 */
import { open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { toS16le } from '../../audio/pcm.ts';
import { fromDisk, hasCode, type OpenFile } from '../../jobs/job-files.ts';

const headerSchema = z.object({ plan: z.string(), sampleRateHz: z.number() });

const lineSchema = z.object({
  /** Of the file of samples, with this sentence and the pause behind it. */
  endByte: z.number(),
  /** Characters of the part that are done with it. */
  endCharacter: z.number(),
  /** Seconds on the clock of the part. */
  startSeconds: z.number(),
  endSeconds: z.number(),
  source: z.object({ start: z.number(), end: z.number() }),
  spokenText: z.string(),
  words: z.array(z.object({ start: z.number(), end: z.number(), text: z.string(), startSeconds: z.number(), endSeconds: z.number() })),
});

export type KeptSentence = Omit<z.infer<typeof lineSchema>, 'endByte'>;

export type KeptPart = {
  readonly sampleRateHz: number;
  readonly plan: string;
  readonly sentences: readonly (KeptSentence & { readonly endByte: number })[];
};

export type PartJournal = {
  readonly sentences: () => number;
  readonly samples: () => number;
  /** On the disk when it resolves. Errors: disk_full, and what the disk says. */
  readonly append: (samples: readonly Float32Array[], sentence: KeptSentence) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type OpenPartOptions = {
  readonly folder: string;
  readonly number: number;
  /** Of what shall be spoken; a journal of another plan is begun anew. */
  readonly plan: string;
  readonly sampleRateHz: number;
  readonly openFile?: OpenFile;
};

const bytesPerSample = 2;

export function samplesPath(folder: string, number: number): string {
  return join(folder, `part-${String(number).padStart(4, '0')}.pcm`);
}

function linesPath(folder: string, number: number): string {
  return join(folder, `part-${String(number).padStart(4, '0')}.jsonl`);
}

/** Opens what there is, cut back to the last sentence that is whole, or begins. Errors: disk_full, and what the disk says. */
export async function openPart({ folder, number, plan, sampleRateHz, openFile = open }: OpenPartOptions): Promise<PartJournal> {
  const paths = { samples: samplesPath(folder, number), lines: linesPath(folder, number) };
  const kept = await recover(folder, number, { plan, sampleRateHz });
  const samplesFile = await openFile(paths.samples, 'r+');
  const linesFile = await openFile(paths.lines, 'a');
  let sentences = kept.sentences;
  let bytes = kept.bytes;

  async function write(samples: readonly Float32Array[], sentence: KeptSentence): Promise<void> {
    const block = Buffer.concat(samples.map(toS16le));
    for (let at = 0; at < block.length; ) at += (await samplesFile.write(block, at, block.length - at, bytes + at)).bytesWritten;
    await samplesFile.datasync();
    const line = Buffer.from(`${JSON.stringify({ ...sentence, endByte: bytes + block.length })}\n`);
    await linesFile.appendFile(line);
    await linesFile.datasync();
    bytes += block.length;
    sentences++;
  }

  return {
    sentences: () => sentences,
    samples: () => bytes / bytesPerSample,
    append: async (samples, sentence) => {
      try {
        await write(samples, sentence);
      } catch (error) {
        throw fromDisk(error);
      }
    },
    close: async () => {
      await Promise.all([samplesFile.close(), linesFile.close()]);
    },
  };
}

/** What was kept of a part; undefined where nothing was. */
export async function readPart(folder: string, number: number): Promise<KeptPart | undefined> {
  const found = await readLines(folder, number);
  return found && { plan: found.header.plan, sampleRateHz: found.header.sampleRateHz, sentences: found.sentences };
}

async function recover(folder: string, number: number, header: z.infer<typeof headerSchema>): Promise<{ sentences: number; bytes: number }> {
  const paths = { samples: samplesPath(folder, number), lines: linesPath(folder, number) };
  const found = await readLines(folder, number);
  const sizeOfSamples = await sizeOf(paths.samples);
  if (found === undefined || found.header.plan !== header.plan || found.header.sampleRateHz !== header.sampleRateHz || sizeOfSamples === undefined) {
    try {
      await writeFile(paths.samples, '');
      await writeFile(paths.lines, `${JSON.stringify(header)}\n`);
    } catch (error) {
      throw fromDisk(error);
    }
    return { sentences: 0, bytes: 0 };
  }
  const whole = found.sentences.filter(({ endByte }) => endByte <= sizeOfSamples);
  const bytes = whole.at(-1)?.endByte ?? 0;
  await truncate(paths.lines, found.ends[whole.length]);
  await truncate(paths.samples, bytes);
  return { sentences: whole.length, bytes };
}

type FoundLines = { readonly header: z.infer<typeof headerSchema>; readonly sentences: KeptPart['sentences']; /** Where the header and each line end, in bytes. */ readonly ends: readonly number[] };

/** Up to the first line that is not whole. */
async function readLines(folder: string, number: number): Promise<FoundLines | undefined> {
  const text = await readFile(linesPath(folder, number), 'utf8').catch((error: unknown) => {
    if (hasCode(error, ['ENOENT'])) return '';
    throw error;
  });
  const [first, ...rest] = text.split('\n').slice(0, -1);
  const header = headerSchema.safeParse(parse(first ?? ''));
  if (first === undefined || !header.success) return undefined;
  const ends = [Buffer.byteLength(first) + 1];
  const sentences: (KeptSentence & { endByte: number })[] = [];
  for (const line of rest) {
    const parsed = lineSchema.safeParse(parse(line));
    if (!parsed.success) break;
    sentences.push(parsed.data);
    ends.push(ends.at(-1)! + Buffer.byteLength(line) + 1);
  }
  return { header: header.data, sentences, ends };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(({ size }) => size, (error: unknown) => {
    if (hasCode(error, ['ENOENT'])) return undefined;
    throw error;
  });
}
