/** Structured logs: JSON lines for machines, one short line each on a terminal. No text, audio or key goes in. */
import { pino, type Logger as PinoLogger } from 'pino';

export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'child'>;

export type LoggerOptions = {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly format: 'auto' | 'json' | 'text';
  /** Where lines go; its isTTY decides what `auto` means. */
  readonly output: NodeJS.WriteStream;
  /** Fields on every line: `{ process: 'worker-0' }`. */
  readonly base?: Readonly<Record<string, string>>;
};

export function createLogger({ level, format, output, base = {} }: LoggerOptions): Logger {
  const asText = format === 'text' || (format === 'auto' && output.isTTY);
  const options = {
    level,
    base,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, asText ? { write: (line: string) => void output.write(toText(line)) } : output);
}

/** A logger that says nothing, for commands whose output is the answer itself. */
export function createSilentLogger(): Logger {
  return pino({ level: 'silent' });
}

function toText(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ');
  return `${typeof time === 'string' ? time.slice(11, 19) : ''} ${typeof level === 'string' ? level.padEnd(5) : ''} ${typeof msg === 'string' ? msg : ''}${rest === '' ? '' : `  ${rest}`}\n`;
}
