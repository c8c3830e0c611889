/** Which reading of a word is meant where noun and verb alone do not tell: one small rule a word. */
import { beForms, determiners, haveForms, modals, partOfSpeech, prepositions } from './part-of-speech.ts';
import type { SentenceWord } from './sentence-words.ts';

/** Lower-case neighbours; empty beyond a comma or the sentence's ends. */
type Around = {
  readonly words: readonly SentenceWord[];
  readonly at: number;
  readonly word: SentenceWord;
  readonly previous: string;
  readonly second: string;
  readonly next: string;
  readonly nextButOne: string;
  readonly kind: ReturnType<typeof partOfSpeech>;
};
type Rule = (around: Around) => string | undefined;

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

const metals = set('zinc mercury copper tin iron cadmium arsenic gold silver nickel steel asbestos chromium uranium');
const ofLead = set('pipe pipes piping paint paints poisoning acid pencil pencils shot bullet bullets ballast weight weights ore mine mines mining levels exposure crystal glass solder sulfate oxide roof roofing contamination content dust sheet lined sinker sinkers battery batteries');
const minuteThings = set('error errors detail details amount amounts quantity quantities particle particles trace traces difference differences fraction fractions change changes variation variations size organism organisms creature creatures crack cracks hole holes dose doses proportion proportions scale fragment fragments piece pieces droplet droplets print dust inspection examination attention');
const fishing = set('caught catch catching fishing sea striped largemouth smallmouth grilled fried freshwater lake cooked baked pound fillet fillets boat swam fished fish');
const drinks = set('warm hot cold drink drank drinking japanese rice sushi chilled dry sweet bottle cup glass pour poured sip sipped sipping some');
const windings = set('up down around round through along');
const ripping = set('up apart down off open out away into');
const pastTimes = set('yesterday ago earlier previously once');
const pastVerbs = set('was were went said had did came saw thought felt took made told asked got knew found left gave sat stood lay slept');
const lastTimes = set('night week month year summer winter time');
/** Words to each side that may tell when it was. */
const reach = 12;
const places = set('in on with near there here together alone forever under without by for like at among within next outside abroad longer happily through up off beyond inside above below apart');
const relatives = set('parents parent mother father man woman men women couple relative relatives grandmother grandfather aunt uncle population people person lady gentleman');
const scholars = set('professor scholar scholars man men woman judge society societies journal journals friend friends colleague colleagues counsel doctor profession people debate discourse');
const objectPronouns = set('it me him her us them');

const has = (words: readonly SentenceWord[], from: number, to: number, among: ReadonlySet<string>): boolean => words.slice(Math.max(0, from), Math.max(0, to)).some(({ lower }) => among.has(lower));

const read: Rule = ({ words, at, previous, next, kind, second }) => {
  if (['to', 'please', 'a', 'good', 'great', 'quick', 'long', 'easy', 'must', 'interesting', 'fun', 'light'].includes(previous)) return 'present';
  // The helping word nearest before it decides, over subject and adverbs: "have you ever read", "did he read".
  const from = ['i', 'you', 'we', 'they', 'he', 'she', 'it'].includes(previous) ? at - 2 : at - 4;
  for (let i = at - 1; i >= Math.max(0, from); i--) {
    const { lower, isLast } = words[i]!;
    if (isLast && i < at - 1) break;
    if (lower === 'to' || modals.has(lower)) return "'d" === lower.slice(-2) ? 'past' : 'present';
    if (haveForms.has(lower) || (beForms.has(lower) && i >= at - 3)) return 'past';
  }
  if (['well', 'widely'].includes(previous) || next === 'by') return 'past';
  const near = words.slice(Math.max(0, at - reach), at + reach);
  if (has(near, 0, near.length, pastTimes) || near.some(({ lower }, i) => lower === 'last' && lastTimes.has(near[i + 1]?.lower ?? ''))) return kind === 'noun' ? undefined : 'past';
  if (['he', 'she', 'it', 'everyone', 'everybody', 'nobody', 'someone'].includes(previous)) return 'past';
  const before = words[at - 1];
  const isThirdPerson = before !== undefined && !words[at]!.isFirst && !before.lower.endsWith('s');
  if (isThirdPerson && (/^\p{Lu}\p{Ll}/u.test(before.written) && !['We', 'You', 'They', 'I', 'Please', 'Now', 'Then', 'Also', 'And', 'Or', 'But', 'To', 'Just', 'Always', 'Never'].includes(before.written))) return 'past';
  if (isThirdPerson && ['the', 'a', 'an', 'my', 'his', 'her', 'our', 'their', 'your'].includes(second)) return 'past';
  if (['i', 'we', 'they', 'you', 'and'].includes(previous) && has(near, 0, near.length, pastVerbs)) return 'past';
  return undefined;
};

const lead: Rule = ({ words, at, previous, next, nextButOne, kind, second }) => {
  if (ofLead.has(next) && kind !== 'verb') return 'metal';
  if (['contains', 'contain', 'contained', 'containing', 'molten', 'metallic', 'unleaded'].includes(previous)) return 'metal';
  if (['of', 'with'].includes(previous) && ['made', 'full', 'ounces', 'pounds', 'grams', 'lump', 'piece', 'traces', 'amounts', 'levels', 'tons', 'filled', 'lined'].includes(second)) return 'metal';
  if (metals.has(nextButOne) && ['and', 'or'].includes(next)) return 'metal';
  if (['and', 'or'].includes(previous) && metals.has(second)) return 'metal';
  if (previous === 'in' && ['covered', 'coated', 'wrapped', 'encased', 'rich', 'lined'].includes(second)) return 'metal';
  if (previous === 'for' && has(words, at - 5, at - 1, set('test tested testing tests checked'))) return 'metal';
  if ((previous === 'like' && second === 'heavy') || (previous === 'as' && second === 'heavy')) return 'metal';
  return 'guide';
};

const tear: Rule = ({ words, at, previous, next, kind, second }) => {
  if (['gas', 'duct', 'ducts', 'drop', 'drops', 'stained'].includes(next)) return 'drop';
  if (kind === 'verb' || (ripping.has(next) && kind !== 'noun')) return 'rip';
  if (previous === 'and' && second === 'wear') return 'rip';
  if (['muscle', 'ligament', 'meniscus', 'retinal', 'cartilage', 'hamstring', 'tendon'].includes(previous)) return 'rip';
  if (next === 'in' && kind === 'noun') return has(words, at + 2, at + 5, set('eye eyes')) ? 'drop' : 'rip';
  return kind === undefined ? undefined : 'drop';
};

const tears: Rule = ({ kind, next, previous }) => (kind === 'verb' || (['apart', 'open', 'down', 'off'].includes(next) && previous !== 'in') ? 'rip' : 'drop');

const wind: Rule = ({ kind, next }) => (kind === 'verb' || (kind === undefined && windings.has(next)) ? 'turn' : 'air');

const winds: Rule = ({ kind, next, previous, second }) => {
  if (kind === 'verb') return 'turn';
  if ((windings.has(next) || next === 'its') && determiners.has(second) && !['high', 'strong', 'light', 'cold', 'warm', 'the'].includes(previous)) return 'turn';
  return 'air';
};

const wound: Rule = ({ kind, next, previous }) => {
  if (['up', 'around', 'round', 'down', 'through', 'tightly', 'its'].includes(next) && !determiners.has(previous)) return 'turn';
  if (['he', 'she', 'they', 'we', 'i', 'it', 'who'].includes(previous) && (determiners.has(next) || objectPronouns.has(next) || next === 'her')) return 'turn';
  if (previous === 'tightly') return 'turn';
  return kind === 'noun' || kind === 'verb' ? 'injury' : undefined;
};

const live: Rule = ({ kind, previous, next, word, words, at }) => {
  if (['go', 'goes', 'going', 'went', 'gone', 'streamed', 'streaming', 'broadcast', 'performed', 'performing', 'played', 'playing', 'recorded', 'sing', 'sang', 'reporting', 'shown'].includes(previous) || has(words, at - 4, at, set('played perform performed performing sang plays broadcast streamed recorded'))) return 'adjective';
  if (kind === 'verb') return 'verb';
  if (kind === 'noun' || kind === 'adjective') return determiners.has(previous) && places.has(next) ? undefined : 'adjective';
  if (places.has(next) || (word.isLast && ['you', 'we', 'they', 'i'].includes(previous))) return 'verb';
  return word.isFirst ? 'adjective' : undefined;
};

const lives: Rule = ({ kind, next, previous, words, at }) => {
  if (kind === 'verb') return 'verb';
  if (kind === 'noun' && (determiners.has(previous) || prepositions.has(previous))) return 'noun';
  const before = words[at - 1];
  const isSubject = before !== undefined && !words[at]!.isFirst && !before.lower.endsWith('s') && (/^\p{Lu}/u.test(before.written) || determiners.has(words[at - 2]?.lower ?? ''));
  if (isSubject && places.has(next)) return 'verb';
  return kind === 'noun' ? 'noun' : undefined;
};

const bow: Rule = ({ kind, previous, next, nextButOne, second }) => {
  if (['tie', 'ties', 'string'].includes(next) || (next === 'and' && nextButOne.startsWith('arrow'))) return 'ribbon';
  if (kind === 'verb') return 'bend';
  if (next === 'of' && ['ship', 'boat', 'vessel', 'canoe', 'yacht'].some((ship) => ship === nextButOne || nextButOne === 'the')) return 'bend';
  if (next === 'and' && nextButOne === 'stern') return 'bend';
  if (/^(?:take|takes|took|taking|taken|give|gave|made|final|deep|polite|slight|low|respectful|little|stiff|formal)$/u.test(previous === 'a' ? second : previous)) return 'bend';
  if (['to', 'before', 'out'].includes(next) && kind !== 'noun') return 'bend';
  return kind === 'noun' ? 'ribbon' : undefined;
};

const row: Rule = ({ previous, next, nextButOne, second, kind }) => {
  if (kind === 'verb' || next === 'of' || (previous === 'a' && second === 'in') || ['front', 'back', 'top', 'bottom', 'last', 'first', 'second', 'third', 'next', 'death', 'skid', 'each', 'every'].includes(previous)) return 'line';
  if (['furious', 'blazing', 'political', 'diplomatic', 'angry', 'bitter', 'terrible', 'flaming', 'heated', 'huge'].includes(previous)) return 'quarrel';
  if (['over', 'broke', 'breaks', 'erupted'].includes(next) && kind === 'noun') return 'quarrel';
  if (!['of', 'in', 'at'].includes(next) && ['a', 'another'].includes(previous) && /^(?:had|having|have|has)$/u.test(second)) return 'quarrel';
  return next === 'between' && nextButOne !== '' && second === 'a' ? 'quarrel' : 'line';
};

const bass: Rule = ({ words, at, next }) => {
  if (['guitar', 'guitars', 'player', 'line', 'lines', 'drum', 'drums', 'clef', 'solo', 'singer', 'voice', 'note', 'notes', 'part', 'clarinet'].includes(next)) return 'music';
  return has(words, at - 4, at, fishing) || has(words, at + 1, at + 3, fishing) ? 'fish' : 'music';
};

const dove: Rule = ({ previous, next, kind }) => {
  if (['he', 'she', 'they', 'we', 'i', 'it', 'who', 'and'].includes(previous) && kind !== 'noun') return 'dive';
  if (previous !== '' && kind === 'noun' && !determiners.has(previous) && /(?:er|or|man|boy|girl)$/u.test(previous) && ['to', 'for', 'down', 'off', 'after'].includes(next)) return 'dive';
  if (!determiners.has(previous) && ['into', 'deep', 'headfirst', 'under', 'beneath', 'underwater'].includes(next) && !['white', 'mourning', 'turtle'].includes(previous)) return 'dive';
  return 'bird';
};

const content: Rule = ({ kind, previous, next }) => {
  if (['is', 'are', 'was', 'were', 'am', 'be', 'been', "i'm", "he's", "she's", "they're", "we're", 'feel', 'feels', 'felt', 'seem', 'seems', 'seemed', 'not', 'perfectly', 'quite', 'very', 'so', 'looked', 'looks', 'remained'].includes(previous)) return 'adjective';
  if (next === 'to' || (next === 'with' && kind !== 'noun')) return 'adjective';
  return kind === 'verb' ? undefined : 'noun';
};

const rules: Readonly<Record<string, Rule>> = {
  read, lead, tear, tears, wind, winds, wound, live, lives, bow, row, bass, dove, content,
  bows: ({ kind }) => (kind === 'verb' ? 'bend' : 'ribbon'),
  bowed: ({ next }) => (['string', 'strings', 'instrument', 'instruments', 'legs', 'psaltery'].includes(next) ? 'curved' : 'bend'),
  sow: ({ kind, next }) => (kind === 'noun' && !['the', 'seeds', 'seed'].includes(next) ? 'pig' : 'plant'),
  sows: ({ kind }) => (kind === 'noun' ? 'pig' : 'plant'),
  minute: ({ previous, next, word, kind }) => {
    if (minuteThings.has(next) && !['last', 'one', 'first', 'a'].includes(previous)) return 'adjective';
    return (kind === 'adjective' && (word.isLast || ['but', 'and', 'compared'].includes(next))) || ['so', 'very', 'too', 'extremely', 'most'].includes(previous) ? 'adjective' : 'noun';
  },
  does: ({ previous, word, next, words, at }) => {
    const following = words[at + 1]?.lower;
    if (['and', 'or'].includes(previous) && has(words, at - 3, at, set('bucks stags fawns buck stag fawn'))) return 'deer';
    if (next === 'and' && ['fawns', 'bucks', 'stags'].includes(words[at + 2]?.lower ?? '')) return 'deer';
    return ['the', 'two', 'three', 'several', 'many', 'some', 'wild'].includes(previous) && !word.isLast && ['were', 'are', 'and', 'ran', 'have', 'grazed'].includes(following ?? '') ? 'deer' : 'verb';
  },
  number: ({ previous, next, word }) => (['grew', 'growing', 'felt', 'feels', 'feel', 'feeling', 'became', 'got', 'getting', 'becoming'].includes(previous) && (word.isLast || ['and', 'than', 'by', 'in', 'with', 'from', 'every'].includes(next)) ? 'numb' : 'count'),
  polish: ({ word, next, at }) => (word.written === 'Polish' ? (at === 0 && (determiners.has(next) || objectPronouns.has(next) || next === 'this') ? 'shine' : 'nation') : 'shine'),
  august: ({ word, previous, next }) => (word.written === 'august' && (determiners.has(previous) || previous === 'most') && !/^\d|^$/u.test(next) && !['this', 'every', 'each', 'last', 'next'].includes(previous) ? 'noble' : 'month'),
  job: ({ word, previous, second }) => (word.written === 'Job' && previous === 'of' && ['book', 'patience', 'story', 'trials', 'sufferings'].includes(second) ? 'name' : 'work'),
  resume: ({ kind, previous, next }) => (kind === 'noun' || (['and', 'or'].includes(next) && previous === '') ? 'noun' : 'verb'),
  sake: ({ previous, second, next }) => {
    if (next === 'of' || /'s$|s'$/u.test(previous) || ['my', 'your', 'our', 'their', 'his', 'her', 'its', 'own'].includes(previous)) return 'benefit';
    return drinks.has(previous) || (['of', 'and', 'with', 'or', 'the', 'for'].includes(previous) && drinks.has(second)) ? 'drink' : 'benefit';
  },
  learned: ({ previous, next }) => (scholars.has(next) && (determiners.has(previous) || previous === 'most') ? 'adjective' : 'verb'),
  blessed: ({ previous, next, at }) => {
    if (['virgin', 'sacrament', 'mother', 'trinity', 'thing', 'day', 'relief', 'event', 'assurance', 'saviour', 'soul'].includes(next) && (previous !== 'he' && previous !== 'she')) return 'adjective';
    return at === 0 && next === 'are' ? 'adjective' : 'verb';
  },
  aged: ({ previous, next, word }) => (relatives.has(next) || (previous === 'the' && (word.isLast || ['and', 'are', 'in', 'with', 'or'].includes(next))) ? 'adjective' : 'verb'),
  dogged: ({ previous, next }) => (next === 'by' || objectPronouns.has(next) || (haveForms.has(previous) && determiners.has(next)) || (['he', 'she', 'they', 'that', 'which', 'who', 'have', 'has', 'had', 'problems', 'questions', 'rumours', 'rumors', 'injuries'].includes(previous) && next === 'the') ? 'verb' : 'adjective'),
  invalid: ({ previous, next, word }) => (['an', 'the', 'her', 'his', 'my', 'disabled', 'elderly', 'helpless', 'chronic', 'lifelong', 'permanent', 'bedridden', 'young', 'poor'].includes(previous) && (word.isLast || ['who', 'and', 'for', 'since', 'after', 'in', 'with', 'was', 'is', 'had', 'all', 'son', 'daughter', 'wife', 'husband', 'mother', 'father', 'sister', 'brother'].includes(next)) ? 'noun' : 'adjective'),
  invalids: () => 'noun',
  used: ({ words, at, previous, next, nextButOne }) => {
    if (next !== 'to') return 'verb';
    const isPassive = beForms.has(previous) || has(words, at - 3, at, set('is are was were be been being'));
    if (!isPassive) return 'habit';
    return determiners.has(nextButOne) || objectPronouns.has(nextButOne) || ['this', 'that', 'her', 'these', 'such'].includes(nextButOne) || nextButOne.endsWith('ing') ? 'habit' : 'verb';
  },
};

/** Words that are verbs or not: what decides in them before the part of speech does. */
const exceptions: Readonly<Record<string, Rule>> = {
  close: ({ words, at, word, previous, next, kind }) => {
    if (word.isLast && has(words, at - 5, at, set('keep kept keeps stay stayed hold held'))) return 'noun';
    if (['early', 'late', 'today', 'tomorrow', 'again', 'tonight'].includes(next) && previous.endsWith('s')) return 'verb';
    if (['to', 'by', 'together', 'enough', 'friend', 'friends', 'call', 'relationship', 'ties', 'range', 'up'].includes(next) && previous !== 'to' && !modals.has(previous)) return next === 'up' && kind === 'verb' ? 'verb' : 'noun';
    return kind === 'adjective' ? 'noun' : undefined;
  },
  excuse: ({ next, word }) => (word.isFirst && ['me', 'us', 'my', 'the', 'him', 'her', 'them'].includes(next) ? 'verb' : undefined),
  upset: ({ kind, word, next, previous }) => (kind === 'adjective' || ['me', 'us', 'him', 'her', 'them', 'everyone', 'everybody', 'people'].includes(next) ? 'verb' : kind === 'noun' && ['stomach', 'customer', 'customers', 'child', 'about', 'by', 'with'].includes(next) ? 'verb' : kind === 'noun' && (word.isLast || prepositions.has(next)) && previous !== 'very' ? 'noun' : kind === 'verb' ? 'verb' : undefined),
  refuse: ({ next, kind }) => (next === 'to' && kind !== 'noun' ? 'verb' : ['on', 'in', 'from', 'at', 'collection', 'bin', 'bins', 'dump', 'bags', 'truck', 'disposal'].includes(next) ? 'noun' : undefined),
  object: ({ next, kind }) => (next === 'to' && kind !== 'noun' ? 'verb' : undefined),
  compact: ({ kind, word, next }) => (kind === 'noun' && (word.isLast || ['of', 'between', 'with'].includes(next)) ? 'noun' : 'verb'),
  offset: ({ kind }) => (kind === 'verb' ? undefined : 'noun'),
};

/** The reading meant, by its name in the lexicon; undefined where nothing around the word tells. */
export function readingAt(words: readonly SentenceWord[], at: number): string | undefined {
  const word = words[at]!;
  const previous = word.isFirst ? '' : (words[at - 1]?.lower ?? '');
  const second = previous === '' || words[at - 1]!.isFirst ? '' : (words[at - 2]?.lower ?? '');
  const next = word.isLast ? '' : (words[at + 1]?.lower ?? '');
  const nextButOne = next === '' || words[at + 1]!.isLast ? '' : (words[at + 2]?.lower ?? '');
  const kind = partOfSpeech(words, at);
  const around: Around = { words, at, word, previous, second, next, nextButOne, kind };
  const rule = Object.hasOwn(rules, word.lower) ? rules[word.lower] : undefined;
  if (rule !== undefined) return rule(around);
  const exception = Object.hasOwn(exceptions, word.lower) ? exceptions[word.lower]!(around) : undefined;
  return exception ?? (kind === 'adjective' ? 'noun' : kind);
}
