/** How a key is written, and what is kept of it. */
import { createHash, randomBytes } from 'node:crypto';

const prefix = 'ant_';
const previewLength = 12;

/** 256 random bits, which nobody guesses: a fast hash of it is as safe as a slow one. */
export function newKey(): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

/** True for what is, or was, or pretends to be a key of this server. */
export function looksLikeKey(text: string): boolean {
  return text.startsWith(prefix);
}

/** SHA-256, hexadecimal. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** So much of it as may be shown. */
export function previewOf(key: string): string {
  return `${key.slice(0, previewLength)}…`;
}
