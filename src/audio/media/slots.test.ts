import { expect, test } from 'vitest';
import { createSlots } from './slots.ts';

const patient = new AbortController().signal;

test('places are given in order of arrival, and one that is given back goes to the next', async () => {
  const slots = createSlots(2);
  const order: string[] = [];
  const enter = async (name: string): Promise<void> => { await slots.take(patient); order.push(name); };
  await enter('a');
  await enter('b');
  const waiting = [enter('c'), enter('d')];
  slots.giveBack();
  await waiting[0];
  expect(order).toEqual(['a', 'b', 'c']);
  slots.giveBack();
  await waiting[1];
  expect(order).toEqual(['a', 'b', 'c', 'd']);
});

test('one that leaves while it waits is passed over', async () => {
  const slots = createSlots(1);
  await slots.take(patient);
  const caller = new AbortController();
  const left = slots.take(caller.signal);
  const next = slots.take(patient);
  caller.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  slots.giveBack();
  await next;
  await expect(slots.take(caller.signal)).rejects.toThrow('left');
});
