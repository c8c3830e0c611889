import { describe, expect, it } from 'vitest';
import { createTickets } from './tickets.ts';

const path = '/api/v1/voice/audio/reply_1';

describe('a ticket', () => {
  let now = new Date('2026-12-01T12:00:00Z');
  const tickets = createTickets({ now: () => now });
  const { ticket, expiresAt } = tickets.issue('ant_mine', path);

  it('stands for the key at its path, and nowhere else', () => {
    expect(tickets.keyOf(ticket, path)).toBe('ant_mine');
    expect(tickets.keyOf(ticket, '/api/v1/keys')).toBeUndefined();
    expect(tickets.keyOf('another', path)).toBeUndefined();
    expect(ticket).not.toContain('ant_mine');
  });

  it('is over after an hour', () => {
    now = new Date(expiresAt.getTime() - 1);
    expect(tickets.keyOf(ticket, path)).toBe('ant_mine');
    now = expiresAt;
    expect(tickets.keyOf(ticket, path)).toBeUndefined();
    expect(expiresAt.toISOString()).toBe('2026-12-01T13:00:00.000Z');
  });

  it('goes when too many came after it', () => {
    const first = tickets.issue('ant_mine', path).ticket;
    for (let count = 1; count < 10_000; count++) tickets.issue('ant_other', path);
    expect(tickets.keyOf(first, path)).toBe('ant_mine');
    tickets.issue('ant_other', path);
    expect(tickets.keyOf(first, path)).toBeUndefined();
  });
});
