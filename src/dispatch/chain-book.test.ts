import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../store/database.ts';
import { createProviderChainStore } from '../store/provider-chains.ts';
import { createChainBook } from './chain-book.ts';
import type { WorkKind } from './fallback.ts';

const configured = { speech: ['local'], transcription: ['local'], chat: ['groq', 'local'], embeddings: ['local'] };

async function open(dataDir = mkdtempSync(join(tmpdir(), 'antiphon-chains-')), known: readonly string[] = ['local', 'groq', 'openai']) {
  const database = await openDatabase({ dataDir });
  const unusable: [WorkKind, string][] = [];
  const book = await createChainBook({
    configured,
    faultOf: (_, members) => (members.length === 0 ? 'it needs at least one member' : members.find((member) => !known.includes(member))),
    store: createProviderChainStore(database),
    now: () => new Date('2026-12-01T10:00:00Z'),
    onUnusable: (kind, fault) => unusable.push([kind, fault]),
  });
  return { dataDir, book, unusable, close: () => database.destroy() };
}

describe('the book of chains', () => {
  it('has the configuration\'s until somebody changes one, and that one from then on and after a restart', async () => {
    const first = await open();
    expect(first.book.chain('chat')).toEqual(['groq', 'local']);
    expect(await first.book.set('chat', ['local', 'openai'])).toEqual({ kind: 'chat', members: ['local', 'openai'], configured: ['groq', 'local'], changedAt: '2026-12-01T10:00:00.000Z' });
    expect(first.book.chain('chat')).toEqual(['local', 'openai']);
    expect(first.book.chain('speech')).toEqual(['local']);
    await first.close();
    const second = await open(first.dataDir);
    expect(second.book.chain('chat')).toEqual(['local', 'openai']);
    expect(await second.book.clear('chat')).toMatchObject({ members: ['groq', 'local'], changedAt: undefined });
    await second.close();
    const third = await open(first.dataDir);
    expect(third.book.list().map(({ members }) => members)).toEqual([['local'], ['local'], ['groq', 'local'], ['local']]);
    await third.close();
  });

  it('refuses a chain that cannot be, and keeps the one there was', async () => {
    const { book, close } = await open();
    await expect(book.set('chat', ['grok'])).rejects.toMatchObject({ code: 'input_invalid', param: 'members' });
    await expect(book.set('chat', [])).rejects.toMatchObject({ code: 'input_invalid' });
    expect(book.chain('chat')).toEqual(['groq', 'local']);
    await close();
  });

  it('goes back to the configuration where a provider that was set has left it', async () => {
    const first = await open();
    await first.book.set('chat', ['openai']);
    await first.close();
    const second = await open(first.dataDir, ['local', 'groq']);
    expect(second.book.chain('chat')).toEqual(['groq', 'local']);
    expect(second.unusable).toEqual([['chat', 'openai']]);
    await second.close();
  });
});
