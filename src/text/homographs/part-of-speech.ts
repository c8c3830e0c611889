/** Noun, adjective or verb, guessed from the few words around: enough for words whose sound depends on it. */
import type { SentenceWord } from './sentence-words.ts';

export type PartOfSpeech = 'noun' | 'adjective' | 'verb';

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

export const determiners = set("the a an my your our their its his no some any each every another whose these those both few many several most more less enough all one two three four five six seven eight nine ten twelve twenty hundred thousand million much what either neither");
/** Determiners that stand alone just as well. */
const looseDeterminers = set('this that her which');
export const prepositions = set('of in on at by for from with without under over about against between through during into per via after before since until till upon within towards toward among amongst across behind beyond despite near off onto out around as than like up down including');
export const modals = set("can could will would shall should may might must do does did don't doesn't didn't won't can't cannot couldn't wouldn't shouldn't mustn't needn't let's gonna wanna i'll you'll he'll she'll it'll we'll they'll who'll i'd you'd he'd she'd we'd they'd please");
const subjects = set('i you we they who');
const singularSubjects = set('he she it who which that');
const objects = set('me us him them it you her myself yourself himself herself itself ourselves themselves');
export const beForms = set("is are was were be been being am isn't aren't wasn't weren't i'm you're we're they're he's she's it's that's there's seems seem seemed becomes become became looks looked feels felt remains remained");
export const haveForms = set("have has had having haven't hasn't hadn't i've you've we've they've he's she's it's who've i'd you'd he'd she'd we'd they'd");
const adverbs = set('not never also always often then just still even really soon ever now only already sometimes usually rarely seldom hardly nearly almost simply again once together easily quickly well further')
/** Adverbs behind a pronoun only: "we all use it", but "each use". */
const floating = set('all both each');
const degree = set('very so too quite rather fairly extremely pretty more most less as how totally completely perfectly');
const adjectives = set('new old first second third last next big small great good bad own other same recent main major minor long short high low hot cold public private huge large little late early rough sharp final full free strange strong weak rare whole white black red green blue golden young nice poor rich real true false wild sad happy strict signed legal medical social online world fresh front only single different certain such current former best worst better worse biggest largest smallest greatest highest lowest latest oldest longest favourite favorite general local national special daily weekly monthly annual prime joint open clear secret perfect hard easy direct foreign vanilla birthday business police criminal research sales trade peace book film music news school work sports tax human total average record');
const adjectiveEnding = /(?:ous|ive|ful|able|ible|ical|less|ish|ary|ional|ic)$/u;
/** They take `to` as a preposition: a noun follows. */
const toGovernors = set('according due thanks prior next relative compared opposed listen listens listened listening contrary similar addicted access belongs belong belonged refer refers referred relating related close opposition reaction response reply responded attention damage led leads contributed contributes contribution introduction exposure return returned guide link links linked key answer solution approach way');
const questions = set('when where why how what which who whom whose');
/** Plurals that often stand before another noun, and verbs that look like plurals. */
const noSubjects = set('sports sales arms news customs savings earnings goods systems awards benefits physics politics makes gives takes needs shows gets wants goes sets keeps holds offers collects brings sells buys uses');
const causatives = set('let make makes made help helps helped watch see saw hear heard have');

/** Undefined where the words around say nothing. */
export function partOfSpeech(words: readonly SentenceWord[], at: number): PartOfSpeech | undefined {
  const word = words[at]!;
  const next = word.isLast ? undefined : words[at + 1]!;
  const isS = word.lower.endsWith('s') && !word.lower.endsWith('ss');
  const opensObject = next !== undefined && (determiners.has(next.lower) || looseDeterminers.has(next.lower) || objects.has(next.lower));
  let before = at;
  while (before > 0 && !words[before]!.isFirst && isAdverb(words, before - 1)) before--;
  const previous = words[before]!.isFirst ? undefined : words[before - 1];
  if (previous === undefined) return atTheBeginning({ words, at, before, opensObject });
  const second = before < 2 || words[before - 1]!.isFirst ? undefined : words[before - 2]!.lower;
  const { lower } = previous;
  if (lower === 'to') return isS || (second !== undefined && toGovernors.has(second)) ? 'noun' : 'verb';
  if (modals.has(lower) && !isS) return 'verb';
  if (before < at && degree.has(words[at - 1]!.lower) && beForms.has(lower)) return 'adjective';
  if (!isS && isAsked(words, before) && !determiners.has(lower) && !adjectives.has(lower) && !prepositions.has(lower)) return 'verb';
  const given = bySubject({ words, at, before, previous, second, isS, opensObject });
  if (given !== undefined) return given;
  if (lower === 'what' && isS) return 'verb';
  if (lower === 'that' || lower === 'this' || lower === 'which') return opensObject ? 'verb' : 'noun';
  if (determiners.has(lower) || lower === 'her' || /(?:'s|s')$/u.test(lower)) return 'noun';
  if (beForms.has(lower)) return 'adjective';
  if (haveForms.has(lower)) return 'noun';
  if (opensObject && isPluralNoun(previous, words[before - 2]?.lower) && !isS) return 'verb';
  const opensDescription = next !== undefined && !next.isLast && (next.lower.endsWith('er') || adjectives.has(next.lower) || adjectiveEnding.test(next.lower));
  if ((opensObject || opensDescription) && isS && isSingularNoun(words, before - 1)) return 'verb';
  if (prepositions.has(lower)) return 'noun';
  if (adjectives.has(lower) || adjectiveEnding.test(lower) || /^\d/u.test(lower)) return isS && opensObject ? 'verb' : 'noun';
  if (next !== undefined && next.lower === 'of') return 'noun';
  if (next !== undefined && (beForms.has(next.lower) || haveForms.has(next.lower) || modals.has(next.lower))) return 'noun';
  if (second !== undefined && determiners.has(second) && /(?:ed|ing|er|st)$/u.test(lower)) return 'noun';
  if (!isS && isPluralNoun(previous, words[before - 2]?.lower) && (next === undefined || prepositions.has(next.lower) || ['when', 'if', 'because', 'how', 'what', 'where', 'to'].includes(next.lower) || isBareObject(words, at, before))) return 'verb';
  return opensObject && !isS && second === undefined && !/^\p{Lu}/u.test(previous.written) ? 'verb' : undefined;
}

type Place = { readonly words: readonly SentenceWord[]; readonly at: number; readonly before: number; readonly opensObject: boolean };

/** An order, or a phrase that begins with its noun. */
function atTheBeginning({ words, at, before, opensObject }: Place): PartOfSpeech | undefined {
  const word = words[at]!;
  const next = word.isLast ? undefined : words[at + 1]!.lower;
  if (next === 'of' || (next !== undefined && (beForms.has(next) || modals.has(next)))) return 'noun';
  if (opensObject && !word.lower.endsWith('s')) return 'verb';
  return before < at && opensObject ? 'verb' : undefined;
}

type WithSubject = Place & { readonly previous: SentenceWord; readonly second: string | undefined; readonly isS: boolean };

/** By a pronoun before it, whether it says who does it or to whom it is done. */
function bySubject({ words, before, previous, second, isS, opensObject }: WithSubject): PartOfSpeech | undefined {
  const { lower } = previous;
  if (!isS && subjects.has(lower)) return lower === 'you' && ['of', 'for', 'with', 'from', 'by', 'about', 'to'].includes(second ?? '') ? 'noun' : 'verb';
  if (isS && singularSubjects.has(lower) && !(looseDeterminers.has(lower) && !opensObject)) return 'verb';
  const third = words[before - 3];
  if (!isS && objects.has(lower) && second !== undefined && causatives.has(second) && lower !== 'her') return third?.lower === 'to' || opensObject || second === 'let' ? 'verb' : undefined;
  if (isS && opensObject && /^\p{Lu}/u.test(previous.written) && !determiners.has(lower)) return 'verb';
  return lower === 'and' && opensObject && !isS ? 'verb' : undefined;
}

function isAdverb(words: readonly SentenceWord[], at: number): boolean {
  const { lower } = words[at]!;
  if (floating.has(lower)) return subjects.has(words[at - 1]?.lower ?? '');
  return adverbs.has(lower) || degree.has(lower) || (lower.endsWith('ly') && lower.length > 4 && !['family', 'daily', 'early', 'weekly', 'monthly', 'only', 'friendly', 'supply', 'reply'].includes(lower));
}

/** Ends like a plural and is not a phrase's first noun ("sports record"). */
function isPluralNoun({ lower }: SentenceWord, second: string | undefined): boolean {
  return (/[^s]s$/u.test(lower) && lower.length > 3 && !prepositions.has(lower) && !beForms.has(lower) && second !== 'a' && !noSubjects.has(lower)) || ['people', 'children', 'men', 'women', 'police'].includes(lower);
}

function isSingularNoun(words: readonly SentenceWord[], at: number): boolean {
  const { lower } = words[at]!;
  return !lower.endsWith('s') && !prepositions.has(lower) && !haveForms.has(lower) && !adjectives.has(lower) && !adjectiveEnding.test(lower);
}

/** "Cows produce milk", "Some employers exploit young workers": a short subject in the plural begins the clause, and an object ends it. */
function isBareObject(words: readonly SentenceWord[], at: number, before: number): boolean {
  const isShortSubject = [before - 1, before - 2].some((i) => words[i]?.isFirst === true) || determiners.has(words[before - 2]?.lower ?? '');
  const endsSoon = words[at + 1]?.isLast === true || words[at + 2]?.isLast === true;
  return isShortSubject && endsSoon && !words[at]!.isLast && !beForms.has(words[at + 1]!.lower);
}

/** "When does the library close?": the helping verb has come before its subject. */
function isAsked(words: readonly SentenceWord[], before: number): boolean {
  for (let i = before - 2; i >= Math.max(0, before - 5); i--) {
    const isHelper = ['do', 'does', 'did', 'will', 'would', 'can', 'could', 'should', 'shall'].includes(words[i]!.lower);
    if (isHelper) return words[i]!.isFirst || questions.has(words[i - 1]!.lower);
    if (words[i]!.isFirst) return false;
  }
  return false;
}
