/** English words of one spelling and two readings, with the sounds espeak has for each in American and in British English. */

export type Sounds = { readonly us: string; readonly gb: string };

export type Homograph = {
  /** By reading: `noun` and `verb` where those two tell them apart (adjectives go with the noun, save where they stand by themselves). */
  readonly readings: Readonly<Record<string, Sounds>>;
  /** What espeak says of the word alone. */
  readonly usual: string;
  /** espeak chooses by the words around, and not always well. */
  readonly varies: boolean;
};

/** The noun in American and British English, the verb in both, and what espeak says of the word alone. */
const nounsAndVerbs: Readonly<Record<string, string>> = {
  abuse: 'ɐbjˈuːs ɐbjˈuːs ɐbjˈuːz ɐbjˈuːz noun varies',
  addict: 'ˈædɪkt ˈadɪkt ɐdˈɪkt ɐdˈɪkt noun',
  advocate: 'ˈædvəkət ˈadvəkət ˈædvəkˌeɪt ˈadvəkˌeɪt verb',
  alternate: 'ɔːltˈɜːnət ɔːltˈɜːnət ˈɔːltɚnˌeɪt ˈɔːltənˌeɪt noun varies',
  animate: 'ˈænɪmət ˈanɪmət ˈænɪmˌeɪt ˈanɪmˌeɪt verb',
  appropriate: 'ɐpɹˈoʊpɹɪət ɐpɹˈəʊpɹɪət ɐpɹˈoʊpɹɪˌeɪt ɐpɹˈəʊpɹɪˌeɪt noun varies',
  approximate: 'ɐpɹˈɑːksɪmət ɐpɹˈɒksɪmət ɐpɹˈɑːksɪmˌeɪt ɐpɹˈɒksɪmˌeɪt noun varies',
  articulate: 'ɑːɹtˈɪkjʊlət ɑːtˈɪkjʊlət ɑːɹtˈɪkjʊlˌeɪt ɑːtˈɪkjʊlˌeɪt verb',
  associate: 'ɐsˈoʊsɪət ɐsˈəʊsɪət ɐsˈoʊsɪˌeɪt ɐsˈəʊsɪˌeɪt verb',
  attribute: 'ˈætɹɪbjˌuːt ˈatɹɪbjˌuːt ɐtɹˈɪbjuːt ɐtɹˈɪbjuːt noun varies',
  close: 'klˈoʊs klˈəʊs klˈoʊz klˈəʊz noun varies',
  combine: 'kˈɑːmbaɪn kˈɒmbaɪn kəmbˈaɪn kəmbˈaɪn verb',
  compact: 'kˈɑːmpækt kˈɒmpakt kəmpˈækt kəmpˈakt verb',
  compound: 'kˈɑːmpaʊnd kˈɒmpaʊnd kɑːmpˈaʊnd kɒmpˈaʊnd noun varies',
  compress: 'kˈɑːmpɹɛs kˈɒmpɹɛs kəmpɹˈɛs kəmpɹˈɛs verb',
  conduct: 'kˈɑːndʌkt kˈɒndʌkt kəndˈʌkt kəndˈʌkt noun varies',
  conflict: 'kˈɑːnflɪkt kˈɒnflɪkt kənflˈɪkt kənflˈɪkt noun varies',
  console: 'kˈɑːnsoʊl kˈɒnsəʊl kənsˈoʊl kənsˈəʊl noun varies',
  contest: 'kˈɑːntɛst kˈɒntɛst kəntˈɛst kəntˈɛst noun varies',
  contract: 'kˈɑːntɹækt kˈɒntɹakt kəntɹˈækt kəntɹˈakt noun varies',
  converse: 'kˈɑːnvɜːs kˈɒnvɜːs kənvˈɜːs kənvˈɜːs noun varies',
  convert: 'kˈɑːnvɜːt kˈɒnvɜːt kənvˈɜːt kənvˈɜːt verb varies',
  convict: 'kˈɑːnvɪkt kˈɒnvɪkt kənvˈɪkt kənvˈɪkt noun varies',
  coordinate: 'koʊˈɔːɹdᵻnət kəʊˈɔːdɪnət koʊˈɔːɹdɪnˌeɪt kəʊˈɔːdɪnˌeɪt noun varies',
  decrease: 'dˈiːkɹiːs dˈiːkɹiːs dᵻkɹˈiːs dɪkɹˈiːs noun',
  defect: 'dˈiːfɛkt dˈiːfɛkt dᵻfˈɛkt dɪfˈɛkt noun varies',
  delegate: 'dˈɛlɪɡət dˈɛlɪɡət dˈɛlɪɡˌeɪt dˈɛlɪɡˌeɪt verb',
  deliberate: 'dᵻlˈɪbɚɹət dɪlˈɪbəɹət dᵻlˈɪbɚɹˌeɪt dɪlˈɪbəɹˌeɪt noun varies',
  desert: 'dˈɛzɚt dˈɛzət dᵻzˈɜːt dɪzˈɜːt noun varies',
  digest: 'dˈaɪdʒɛst dˈaɪdʒɛst daɪdʒˈɛst daɪdʒˈɛst verb varies',
  discount: 'dˈɪskaʊnt dˈɪskaʊnt dɪskˈaʊnt dɪskˈaʊnt noun',
  duplicate: 'dˈuːplᵻkət djˈuːplɪkət dˈuːplᵻkˌeɪt djˈuːplɪkˌeɪt verb',
  elaborate: 'ᵻlˈæbɚɹət ɪlˈabəɹət ᵻlˈæbɚɹˌeɪt ɪlˈabəɹˌeɪt verb varies',
  entrance: 'ˈɛntɹəns ˈɛntɹəns ɛntɹˈæns ɛntɹˈans noun varies',
  escort: 'ˈɛskɔːɹt ˈɛskɔːt ɛskˈɔːɹt ɛskˈɔːt noun varies',
  estimate: 'ˈɛstᵻmət ˈɛstɪmət ˈɛstᵻmˌeɪt ˈɛstɪmˌeɪt noun varies',
  excuse: 'ɛkskjˈuːs ɛkskjˈuːs ɛkskjˈuːz ɛkskjˈuːz noun',
  exploit: 'ˈɛksplɔɪt ˈɛksplɔɪt ɛksplˈɔɪt ɛksplˈɔɪt noun varies',
  export: 'ˈɛkspɔːɹt ˈɛkspɔːt ɛkspˈɔːɹt ɛkspˈɔːt noun varies',
  extract: 'ˈɛkstɹækt ˈɛkstɹakt ɛkstɹˈækt ɛkstɹˈakt noun varies',
  fragment: 'fɹˈæɡmənt fɹˈaɡmənt fɹæɡmˈɛnt fɹaɡmˈɛnt noun varies',
  frequent: 'fɹˈiːkwənt fɹˈiːkwənt fɹiːkwˈɛnt fɹiːkwˈɛnt noun',
  graduate: 'ɡɹˈædʒuːət ɡɹˈadjuːət ɡɹˈædjuːˌeɪt ɡɹˈadjuːˌeɪt noun varies',
  house: 'hˈaʊs hˈaʊs hˈaʊz hˈaʊz noun varies',
  impact: 'ˈɪmpækt ˈɪmpakt ɪmpˈækt ɪmpˈakt noun',
  implant: 'ˈɪmplænt ˈɪmplant ɪmplˈænt ɪmplˈant noun varies',
  import: 'ˈɪmpɔːɹt ˈɪmpɔːt ɪmpˈɔːɹt ɪmpˈɔːt verb',
  incense: 'ˈɪnsɛns ˈɪnsɛns ɪnsˈɛns ɪnsˈɛns noun varies',
  increase: 'ˈɪŋkɹiːs ˈɪŋkɹiːs ɪŋkɹˈiːs ɪŋkɹˈiːs noun varies',
  insert: 'ˈɪnsɜːt ˈɪnsɜːt ɪnsˈɜːt ɪnsˈɜːt noun varies',
  insult: 'ˈɪnsʌlt ˈɪnsʌlt ɪnsˈʌlt ɪnsˈʌlt noun',
  intern: 'ˈɪntɜːn ˈɪntɜːn ɪntˈɜːn ɪntˈɜːn noun',
  intimate: 'ˈɪntᵻmət ˈɪntɪmət ˈɪntᵻmˌeɪt ˈɪntɪmˌeɪt noun',
  mandate: 'mˈændeɪt mˈandeɪt mændˈeɪt mandˈeɪt noun varies',
  moderate: 'mˈɑːdɚɹət mˈɒdəɹət mˈɑːdɚɹˌeɪt mˈɒdəɹˌeɪt noun varies',
  object: 'ˈɑːbdʒɛkt ˈɒbdʒɛkt ɑːbdʒˈɛkt ɒbdʒˈɛkt noun varies',
  offset: 'ˈɔfsɛt ˈɒfsɛt ɔfsˈɛt ɒfsˈɛt noun',
  perfect: 'pˈɜːfɛkt pˈɜːfɛkt pɚfˈɛkt pəfˈɛkt noun varies',
  permit: 'pˈɜːmɪt pˈɜːmɪt pɚmˈɪt pəmˈɪt noun varies',
  pervert: 'pˈɜːvɚt pˈɜːvət pɚvˈɜːt pəvˈɜːt verb varies',
  present: 'pɹˈɛzənt pɹˈɛzənt pɹɪzˈɛnt pɹɪzˈɛnt noun varies',
  produce: 'pɹˈɑːduːs pɹˈɒdjuːs pɹədˈuːs pɹədjˈuːs verb varies',
  progress: 'pɹˈɑːɡɹɛs pɹˈəʊɡɹɛs pɹəɡɹˈɛs pɹəɡɹˈɛs noun varies',
  project: 'pɹˈɑːdʒɛkt pɹˈɒdʒɛkt pɹədʒˈɛkt pɹədʒˈɛkt noun varies',
  protest: 'pɹˈoʊtɛst pɹˈəʊtɛst pɹətˈɛst pɹətˈɛst noun varies',
  rebel: 'ɹˈɛbəl ɹˈɛbəl ɹᵻbˈɛl ɹɪbˈɛl noun varies',
  record: 'ɹˈɛkɚd ɹˈɛkɔːd ɹᵻkˈɔːɹd ɹɪkˈɔːd noun varies',
  recount: 'ɹˈiːkaʊnt ɹˈiːkaʊnt ɹᵻkˈaʊnt ɹɪkˈaʊnt verb',
  refund: 'ɹˈiːfʌnd ɹˈiːfʌnd ɹᵻfˈʌnd ɹɪfˈʌnd verb varies',
  refuse: 'ɹˈɛfjuːs ɹˈɛfjuːs ɹᵻfjˈuːz ɹɪfjˈuːz verb varies',
  reject: 'ɹˈiːdʒɛkt ɹˈiːdʒɛkt ɹᵻdʒˈɛkt ɹɪdʒˈɛkt verb',
  relay: 'ɹˈiːleɪ ɹˈiːleɪ ɹᵻlˈeɪ ɹɪlˈeɪ noun',
  segment: 'sˈɛɡmənt sˈɛɡmənt sɛɡmˈɛnt sɛɡmˈɛnt noun',
  separate: 'sˈɛpɹət sˈɛpɹət sˈɛpɚɹˌeɪt sˈɛpəɹˌeɪt noun varies',
  subject: 'sˈʌbdʒɛkt sˈʌbdʒɛkt səbdʒˈɛkt səbdʒˈɛkt noun',
  subordinate: 'sʌbˈɔːɹdᵻnət sʌbˈɔːdɪnət sʌbˈɔːɹdᵻnˌeɪt sʌbˈɔːdɪnˌeɪt noun varies',
  survey: 'sˈɜːveɪ sˈɜːveɪ sɚvˈeɪ səvˈeɪ noun varies',
  suspect: 'sˈʌspɛkt sˈʌspɛkt səspˈɛkt səspˈɛkt noun varies',
  torment: 'tˈɔːɹmɛnt tˈɔːmɛnt tɔːɹmˈɛnt tɔːmˈɛnt noun varies',
  transfer: 'tɹˈænsfɜː tɹˈansfɜː tɹænsfˈɜː tɹansfˈɜː noun varies',
  transport: 'tɹˈænspɔːɹt tɹˈanspɔːt tɹænspˈɔːɹt tɹanspˈɔːt noun varies',
  update: 'ˈʌpdeɪt ˈʌpdeɪt ʌpdˈeɪt ʌpdˈeɪt noun varies',
  upgrade: 'ˈʌpɡɹeɪd ˈʌpɡɹeɪd ʌpɡɹˈeɪd ʌpɡɹˈeɪd noun varies',
  upset: 'ˈʌpsɛt ˈʌpsɛt ʌpsˈɛt ʌpsˈɛt verb varies',
  use: 'jˈuːs jˈuːs jˈuːz jˈuːz noun varies',
};

/** By reading, American and British; the first is the usual one. */
const byMeaning: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  aged: { verb: 'ˈeɪdʒd ˈeɪdʒd', adjective: 'ˈeɪdʒᵻd ˈeɪdʒɪd' },
  august: { month: 'ˈɔːɡəst ˈɔːɡəst', noble: 'ɔːɡˈʌst ɔːɡˈʌst' },
  bass: { music: 'bˈeɪs bˈeɪs', fish: 'bˈæs bˈas' },
  blessed: { verb: 'blˈɛst blˈɛst', adjective: 'blˈɛsᵻd blˈɛsɪd' },
  bow: { ribbon: 'bˈoʊ bˈəʊ', bend: 'bˈaʊ bˈaʊ' },
  bowed: { bend: 'bˈaʊd bˈaʊd', curved: 'bˈoʊd bˈəʊd' },
  bows: { ribbon: 'bˈoʊz bˈəʊz', bend: 'bˈaʊz bˈaʊz' },
  content: { noun: 'kˈɑːntɛnt kˈɒntɛnt', adjective: 'kəntˈɛnt kəntˈɛnt' },
  does: { verb: 'dˈʌz dˈʌz', deer: 'dˈoʊz dˈəʊz' },
  dogged: { adjective: 'dˈɑːɡᵻd dˈɒɡɪd', verb: 'dˈɑːɡd dˈɒɡd' },
  dove: { bird: 'dˈʌv dˈʌv', dive: 'dˈoʊv dˈəʊv' },
  invalid: { adjective: 'ɪnvˈælɪd ɪnvˈalɪd', noun: 'ˈɪnvəlɪd ˈɪnvəlɪd' },
  invalids: { adjective: 'ɪnvˈælɪdz ɪnvˈalɪdz', noun: 'ˈɪnvəlɪdz ˈɪnvəlɪdz' },
  job: { work: 'dʒˈɑːb dʒˈɒb', name: 'dʒˈoʊb dʒˈəʊb' },
  lead: { guide: 'lˈiːd lˈiːd', metal: 'lˈɛd lˈɛd' },
  learned: { verb: 'lˈɜːnd lˈɜːnd', adjective: 'lˈɜːnᵻd lˈɜːnɪd' },
  live: { adjective: 'lˈaɪv lˈaɪv', verb: 'lˈɪv lˈɪv' },
  lives: { noun: 'lˈaɪvz lˈaɪvz', verb: 'lˈɪvz lˈɪvz' },
  minute: { noun: 'mˈɪnɪt mˈɪnɪt', adjective: 'maɪnˈuːt maɪnjˈuːt' },
  number: { count: 'nˈʌmbɚ nˈʌmbə', numb: 'nˈʌmɚ nˈʌmə' },
  polish: { shine: 'pˈɑːlɪʃ pˈɒlɪʃ', nation: 'pˈoʊlɪʃ pˈəʊlɪʃ' },
  Polish: { nation: 'pˈoʊlɪʃ pˈəʊlɪʃ', shine: 'pˈɑːlɪʃ pˈɒlɪʃ' },
  read: { present: 'ɹˈiːd ɹˈiːd', past: 'ɹˈɛd ɹˈɛd' },
  resume: { verb: 'ɹᵻzˈuːm ɹɪzjˈuːm', noun: 'ɹˈɛzuːmˌeɪ ɹˈɛzuːmˌeɪ' },
  row: { line: 'ɹˈoʊ ɹˈəʊ', quarrel: 'ɹˈaʊ ɹˈaʊ' },
  sake: { benefit: 'sˈeɪk sˈeɪk', drink: 'sˈɑːki sˈɑːki' },
  sow: { plant: 'sˈoʊ sˈəʊ', pig: 'sˈaʊ sˈaʊ' },
  sows: { plant: 'sˈoʊz sˈəʊz', pig: 'sˈaʊz sˈaʊz' },
  tear: { drop: 'tˈɪɹ tˈiə', rip: 'tˈɛɹ tˈeə' },
  tears: { drop: 'tˈɪɹz tˈiəz', rip: 'tˈɛɹz tˈeəz' },
  used: { verb: 'jˈuːzd jˈuːzd', habit: 'jˈuːst jˈuːst' },
  wind: { air: 'wˈɪnd wˈɪnd', turn: 'wˈaɪnd wˈaɪnd' },
  winds: { air: 'wˈɪndz wˈɪndz', turn: 'wˈaɪndz wˈaɪndz' },
  wound: { injury: 'wˈuːnd wˈuːnd', turn: 'wˈaʊnd wˈaʊnd' },
};
/** Of these espeak chooses the reading by the words around. */
const varying = new Set('bow bows content dove learned live lives read tear tears wind winds wound'.split(' '));

/** Their `s` forms have one reading only, or espeak takes them for verbs. */
const noForms = new Set(['close', 'house']);
const formsUsuallyVerbs = new Set(['alternate', 'approximate', 'converse', 'progress', 'separate']);

export const homographLexicon: ReadonlyMap<string, Homograph> = new Map([
  ...Object.entries(byMeaning).map(([word, readings]): [string, Homograph] => [
    word,
    { readings: Object.fromEntries(Object.entries(readings).map(([reading, sounds]) => [reading, toSounds(sounds.split(' '))])), usual: Object.keys(readings)[0]!, varies: varying.has(word) },
  ]),
  ...Object.entries(nounsAndVerbs).flatMap(([word, row]) => toEntries(word, row.split(' '))),
]);

function toEntries(word: string, [nounUs, nounGb, verbUs, verbGb, usual, varies]: readonly string[]): [string, Homograph][] {
  const noun = toSounds([nounUs!, nounGb!]);
  const verb = toSounds([verbUs!, verbGb!]);
  const base: Homograph = { readings: { noun, verb }, usual: usual!, varies: varies !== undefined };
  if (noForms.has(word)) return [[word, base]];
  const form: Homograph = { ...base, readings: { noun: withEnding(noun), verb: withEnding(verb) }, usual: formsUsuallyVerbs.has(word) ? 'verb' : usual! };
  return [[word, base], [/(?:s|x|z|ch|sh)$/u.test(word) ? `${word}es` : `${word}s`, form]];
}

/** The `s` of plurals and of the third person. */
function withEnding({ us, gb }: Sounds): Sounds {
  const ending = (sounds: string, afterSibilant: string): string => (/[szʃʒ]$/u.test(sounds) ? afterSibilant : /[ptkfθ]$/u.test(sounds) ? 's' : 'z');
  return { us: us + ending(us, 'ᵻz'), gb: gb + ending(gb, 'ɪz') };
}

function toSounds([us, gb]: readonly string[]): Sounds {
  return { us: us!, gb: gb! };
}
