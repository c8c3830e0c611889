/** Captions as files: SubRip, and WebVTT (https://www.w3.org/TR/webvtt1/). */
import type { CaptionCue } from './caption-cues.ts';

/** Empty for no cues; else it ends with a line feed. */
export function toSrt(cues: readonly CaptionCue[]): string {
  return cues.map(({ lines, startSeconds, endSeconds }, index) => `${index + 1}\n${clock(startSeconds, ',')} --> ${clock(endSeconds, ',')}\n${lines.map(escapeSrt).join('\n')}\n`).join('\n');
}

/** Ends with a line feed. */
export function toVtt(cues: readonly CaptionCue[]): string {
  return `WEBVTT\n${cues.map(({ lines, startSeconds, endSeconds }) => `\n${clock(startSeconds, '.')} --> ${clock(endSeconds, '.')}\n${lines.map(escapeVtt).join('\n')}\n`).join('')}`;
}

/** `01:02:03,456` */
function clock(seconds: number, separator: ',' | '.'): string {
  const ms = Math.round(seconds * 1000);
  const part = (value: number, digits: number): string => String(value).padStart(digits, '0');
  return `${part(Math.floor(ms / 3_600_000), 2)}:${part(Math.floor(ms / 60_000) % 60, 2)}:${part(Math.floor(ms / 1000) % 60, 2)}${separator}${part(ms % 1000, 3)}`;
}

/** An arrow would begin the times of another cue; the format has no way to escape it. */
function escapeSrt(line: string): string {
  return line.replaceAll('-->', '->');
}

function escapeVtt(line: string): string {
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
