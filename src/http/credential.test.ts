import { describe, expect, it } from 'vitest';
import { credentialOf, withoutCredential } from './credential.ts';

describe('what a caller says of himself', () => {
  it.each<[string, Record<string, string>, string, object | undefined]>([
    ['X-API-Key', { 'x-api-key': ' ant_a ' }, '', { place: 'x-api-key', text: 'ant_a' }],
    ['xi-api-key', { 'xi-api-key': 'ant_a' }, '', { place: 'xi-api-key', text: 'ant_a' }],
    ['Bearer, in any case', { authorization: 'bearer  ant_a' }, '', { place: 'authorization', text: 'ant_a' }],
    ['no other scheme', { authorization: 'Basic YTpi' }, '', undefined],
    ['the subprotocol of OpenAI\'s clients', { 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.ant_a, openai-beta.realtime-v1' }, '', { place: 'subprotocol', text: 'ant_a' }],
    ['a field of the address', {}, 'xi-api-key=ant_a', { place: 'query', text: 'ant_a' }],
    ['the field of the address that ElevenLabs names', {}, 'authorization=Bearer%20ant_a', { place: 'query', text: 'ant_a' }],
    ['a header before the address', { 'xi-api-key': 'ant_a' }, 'api_key=ant_b', { place: 'xi-api-key', text: 'ant_a' }],
    ['what is empty as nothing', { 'x-api-key': '', authorization: 'Bearer ' }, 'api_key=', undefined],
  ])('is read from %s', (_name, headers, query, found) => {
    expect(credentialOf(headers, new URLSearchParams(query))).toEqual(found);
  });

  it('is taken out of the address before anybody else reads it', () => {
    expect(withoutCredential(new URLSearchParams('model_id=m&xi-api-key=ant_a&api_key=ant_a&authorization=ant_a')).toString()).toBe('model_id=m');
  });
});
