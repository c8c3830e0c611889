/** Abbreviations with and without a dot, read in full. */
import { isLast, wordAfter, wordBefore } from './rule.ts';
import type { Place, Rule } from './rule.ts';

/** Before a name: "Dr. Smith". The dot may be missing. */
const titles: Readonly<Record<string, string>> = {
  Mr: 'Mister', Ms: 'Miz', Mrs: 'Mrs', Mx: 'Mix', Prof: 'Professor', Rev: 'Reverend', Gen: 'General', Col: 'Colonel', Maj: 'Major', Capt: 'Captain', Cmdr: 'Commander',
  Lt: 'Lieutenant', Sgt: 'Sergeant', Cpl: 'Corporal', Pvt: 'Private', Adm: 'Admiral', Gov: 'Governor', Sen: 'Senator', Rep: 'Representative', Hon: 'Honourable', Pres: 'President',
  Supt: 'Superintendent', Fr: 'Father', Msgr: 'Monsignor', Messrs: 'Messieurs', Mt: 'Mount', Ft: 'Fort', Pt: 'Point',
};
/** These could be words of their own without the dot. */
const titlesWithDot = new Set('Rev Gen Col Maj Adm Gov Sen Rep Hon Pres Fr Pt'.split(' '));

/** Only before a number: "No. 5". */
const beforeNumber: Readonly<Record<string, string>> = {
  No: 'number', Nos: 'numbers', no: 'number', nos: 'numbers', Nr: 'number', p: 'page', pp: 'pages', P: 'page', Pp: 'pages', pg: 'page', pgs: 'pages', vol: 'volume', Vol: 'volume', vols: 'volumes', Vols: 'volumes',
  ch: 'chapter', Ch: 'chapter', chap: 'chapter', Chap: 'chapter', chs: 'chapters', fig: 'figure', Fig: 'figure', figs: 'figures', Figs: 'figures', sec: 'section', Sec: 'section', secs: 'sections', art: 'article', Art: 'article',
  eq: 'equation', Eq: 'equation', eqs: 'equations', Eqs: 'equations', ver: 'version', Ver: 'version', c: 'circa', ca: 'circa', v: 'version', apt: 'apartment', Apt: 'apartment', Ste: 'suite', ext: 'extension', Ext: 'extension', tel: 'telephone',
  Tel: 'telephone', para: 'paragraph', paras: 'paragraphs', ed: 'edition', Rm: 'room', Bldg: 'building', Op: 'opus', op: 'opus', d: 'died', b: 'born', l: 'line', ll: 'lines', n: 'note', nn: 'notes',
};

/** Wherever they stand, with their dot. */
const anywhere: Readonly<Record<string, string>> = {
  etc: 'et cetera', approx: 'approximately', Approx: 'approximately', dept: 'department', Dept: 'Department', est: 'established', Est: 'established', Inc: 'Incorporated', Ltd: 'Limited', Co: 'Company', Corp: 'Corporation', Bros: 'Brothers',
  Jr: 'Junior', Sr: 'Senior', Esq: 'Esquire', Ave: 'Avenue', Blvd: 'Boulevard', Rd: 'Road', Hwy: 'Highway', Ln: 'Lane', Sq: 'Square', Univ: 'University', Assn: 'Association', Assoc: 'Association', Govt: 'Government', govt: 'government', Intl: 'International',
  cf: 'compare', viz: 'namely', al: 'al', resp: 'respectively', incl: 'including', excl: 'excluding', max: 'maximum', Max: 'Maximum', min: 'minimum', avg: 'average', misc: 'miscellaneous', temp: 'temperature', vs: 'versus', Vs: 'Versus', ca: 'circa', tel: 'telephone',
  Tel: 'telephone', ext: 'extension', hrs: 'hours', yrs: 'years', lbs: 'pounds', no: 'no', Gt: 'Great', Mgmt: 'Management', mgmt: 'management', Mfg: 'Manufacturing', Pkwy: 'Parkway', Pl: 'Place', Ct: 'Court', Hts: 'Heights', Bldg: 'Building', Natl: 'National', ibid: 'ibid',
};
/** Without a dot too. */
const dotless: Readonly<Record<string, string>> = {
  vs: 'versus', Vs: 'versus', approx: 'approximately', Ltd: 'Limited', Inc: 'Incorporated', Jr: 'Junior', Blvd: 'Boulevard', Pkwy: 'Parkway', Bros: 'Brothers', Mr: 'Mister', Ms: 'Miz', etc: 'et cetera', Hwy: 'Highway', Sgt: 'Sergeant', Lt: 'Lieutenant', Capt: 'Captain',
};
/** Could be the last word of a sentence as they stand: only before something that goes on. */
const notAtEnd = new Set('al no max Max min temp Co Pl Ct ca'.split(' '));
const onlyBeforeLower = new Set('min max temp no Max'.split(' '));

const name = /^\p{Lu}/u;

function readTitle([written, word, dot]: RegExpExecArray, { text, at }: Place): string | undefined {
  const end = at + written.length;
  if (!name.test(text.slice(end).trimStart().slice(0, 1)) || (dot === undefined && titlesWithDot.has(word!))) return undefined;
  return titles[word!];
}

/** "Dr. Smith", but "Elm Dr."; "St. Mary", but "Main St.". */
function readTwofold([written, word, dot]: RegExpExecArray, place: Place): string | undefined {
  const { text, at } = place;
  const end = at + written.length;
  const [title, road] = word === 'Dr' || word === 'Drs' ? [word === 'Dr' ? 'Doctor' : 'Doctors', 'Drive'] : ['Saint', 'Street'];
  const before = wordBefore(place);
  const followsName = /^\p{Lu}\p{Ll}+$|^\d+(?:st|nd|rd|th)$/u.test(before) && text[at - 1] === ' ' && !notStreets.has(before);
  const precedesName = /^\s?\p{Lu}/u.test(text.slice(end, end + 2));
  if (followsName && (!precedesName || /\d/u.test(text.slice(Math.max(0, at - before.length - 6), at - before.length - 1)))) return road;
  if (precedesName) return title;
  // "The Dr. is in": a title with nobody behind it is still one.
  return dot !== undefined && word === 'Dr' ? title : undefined;
}
const notStreets = new Set('The A An In On At For From To Of And Or But By With When If As Is Was Dear Hello Hi Mount Fort Yes No Then So That Visit Ask See Call Near After Before Our My His Her Their Your This'.split(' '));

function readBeforeNumber([written, word]: RegExpExecArray, { text, at }: Place): string | undefined {
  const next = text.slice(at + written.length, at + written.length + 3);
  if (!/^\s?#?\d/u.test(next)) return undefined;
  return beforeNumber[word!];
}

function readAnywhere([written, word, dot]: RegExpExecArray, { text, at }: Place): string | undefined {
  const end = at + written.length;
  if (dot === undefined) return dotless[word!];
  const last = isLast(text, end);
  if (last && notAtEnd.has(word!)) return undefined;
  if (onlyBeforeLower.has(word!) && !/^\s(?:\p{Ll}|\d)/u.test(text.slice(end, end + 2))) return undefined;
  if (word === 'no') return undefined;
  if (word === 'Gt' || word === 'Pl' || word === 'Ct') return wordAfter(text, end) === '' ? undefined : anywhere[word];
  return anywhere[word!];
}

const words = (...tables: readonly Readonly<Record<string, string>>[]): string[] => [...new Set(tables.flatMap((table) => Object.keys(table)))];
const withDot = String.raw`(\p{L}{1,8})(\.)?(?![\p{L}\d])`;

export const shorteningRules: readonly Rule[] = [
  { name: 'for example', class: 'abbreviation', at: { words: ['e', 'E'] }, pattern: /[eE]\.?\s?g\.?(?![\p{L}\d])/uy, read: ([written]) => (written.includes('.') || written === 'eg' ? 'for example' : undefined) },
  { name: 'that is', class: 'abbreviation', at: { words: ['i', 'I'] }, pattern: /[iI]\.\s?e\.?(?![\p{L}\d])/uy, read: () => 'that is' },
  { name: 'before noon and after', class: 'abbreviation', at: { words: ['a', 'p'] }, pattern: /([ap])\.\s?m\.?(?![\p{L}\d])/uy, read: ([, half]) => `${half!.toUpperCase()}.M` },
  { name: 'also known as', class: 'abbreviation', at: { words: ['a', 'aka', 'AKA', 'A'] }, pattern: /(?:[aA]\.\s?[kK]\.\s?[aA]\.?|aka|AKA)(?![\p{L}\d])/uy, read: () => 'A.K.A' },
  { name: 'doctor or drive, saint or street', class: 'abbreviation', at: { words: ['Dr', 'Drs', 'St'] }, pattern: /(Drs?|St)(\.)?(?![\p{L}\d])/uy, read: readTwofold },
  { name: 'before a number', class: 'abbreviation', at: { words: words(beforeNumber) }, pattern: /(\p{L}{1,5})\.(?=\s?#?\d)/uy, read: readBeforeNumber },
  { name: 'page without dot', class: 'abbreviation', at: { words: ['p', 'pp', 'vol', 'fig', 'ch'] }, pattern: /(pp|p|vol|fig|ch)\s(?=\d)/uy, read: ([, word]) => `${beforeNumber[word!]} ` },
  { name: 'title', class: 'abbreviation', at: { words: words(titles) }, pattern: new RegExp(withDot, 'uy'), read: readTitle },
  { name: 'in full', class: 'abbreviation', at: { words: words(anywhere, dotless) }, pattern: new RegExp(withDot, 'uy'), read: readAnywhere },
  { name: 'with and without', class: 'abbreviation', at: { words: ['w', 'W', 'b', 'c', 'n'] }, pattern: /(w\/o(?!\p{L})|w\/|b\/c(?!\p{L})|n\/a(?!\p{L}))\s?/uiy, read: ([, written]) => `${{ 'w/o': 'without', 'w/': 'with', 'b/c': 'because', 'n/a': 'N.A' }[written!.toLowerCase()]} ` },
];
