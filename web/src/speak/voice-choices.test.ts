import { describe, expect, it } from 'vitest';
import { matchesQuery, toChoices, toGroups } from './voice-choices.ts';

const list = {
  default_voices: {},
  models: [
    { id: 'piper/en_US-joe-medium', engine: 'piper', sample_rate_hz: 22_050, voices: [{ id: 'en_US-joe-medium', name: 'Joe', language: 'en-US', gender: 'male' }] },
    { id: 'kokoro', engine: 'kokoro', sample_rate_hz: 24_000, voices: [
      { id: 'ff_siwis', name: 'Siwis', language: 'fr-FR', gender: 'female' },
      { id: 'bf_emma', name: 'Emma', language: 'en-GB', gender: 'female' },
      { id: 'af_heart', name: 'Heart', language: 'en-US', gender: 'female' },
    ] },
  ],
};

describe('voice choices', () => {
  const choices = toChoices(list);
  const find = (query: string) => choices.filter((choice) => matchesQuery(choice, query)).map(({ name }) => name);

  it('come by engine in the server’s order, the reader’s own region and language first', () => {
    const titles = (language: string) => toGroups(choices, language).map(({ choices: members }) => members[0]!.voice);
    expect(titles('en-US')).toEqual(['en_US-joe-medium', 'af_heart', 'bf_emma', 'ff_siwis']);
    expect(titles('en-US@posix')).toEqual(titles('en-US'));
    expect(titles('fr')).toEqual(['en_US-joe-medium', 'ff_siwis', 'bf_emma', 'af_heart']);
  });

  it.each([['fren', ['Siwis']], ['kokoro female english', ['Emma', 'Heart']], ['af_heart', ['Heart']], ['en-gb', ['Emma']], ['male', ['Joe']], ['', ['Joe', 'Siwis', 'Emma', 'Heart']]])('are found by the beginnings of words: %j', (query, names) => {
    expect(find(query)).toEqual(names);
  });
});
