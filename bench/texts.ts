/** Seventeen-word sentences, all alike in length and none the same, so that no cache could help. */
const subjects = ['The old lighthouse keeper', 'A patient young gardener', 'The tired night nurse', 'My favourite music teacher', 'The captain of the ferry', 'An honest village baker', 'The quiet station master', 'Her youngest cousin Martin'];
const rests = [
  'walked slowly down to the harbour before sunrise to watch the boats.',
  'opened every window of the house because the morning was so warm.',
  'counted the silver coins twice and then put them back once more.',
  'wrote a long letter to the mayor about the broken stone bridge.',
];

export const sentences: readonly string[] = subjects.flatMap((subject) => rests.map((rest) => `${subject} ${rest}`));
