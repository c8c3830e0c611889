/** Acronyms, letters with figures, names with signs: what is spelled and what is a word. */
import { digitByDigit, spokenSerial } from './number-words.ts';
import type { Place, Rule } from './rule.ts';

/**
 * Said letter by letter though they look like words. Three letters and fewer that are no word (below) are spelled
 * without being listed.
 */
const spelled = new Set(
  ('AARP ACLU ADHD AKA ASAP ASCAP BIOS_ CEO CFO CIO COO CTO DIY EDU ETA EOF EULA_ FAQ FIAT_ HVAC IEEE IMDB IMEI IRA IOU IPO IQ IVF ISO IATA_ LGBT LGBTQ MIT NAACP OCD OECD ' +
    'OEM PTSD RSVP SAAS_ SUV TBA TBD TIFF_ UAE UCLA UEFA_ UFO URI URL USA USB USDA USSR UTC UX VIP YMCA EPA ESA EV AI AGI API APA AWS BA MA IDE ICU IOC ICE_ IRS ROI SEO UI EU UN EUR ' +
    'USR LLM SDK CLI IDS AOL AED EOD EMI EMT ENT EIA ECU EEG ECG EKG ERA_ FAA FEMA_ IMF AP APR ARR AUM EBITDA_ EPS ETF EOY ICBM UHF UPS UAV UDP UID UUID GUID_ CSO CPI CPA IT_ NYU ' +
    'OAS ODI OBE ITV BBC ABC NBC CBS ESPN HBO AMC AAA AMA ADA_ ATM UPC UV UK US IP ID II_ PA PO POW RIP RNA DNA MIA_ KIA_ LA NY AC DC AM PM AD BC TV HIV').split(' ').filter((word) => !word.endsWith('_')),
);
/** Words in capitals of four letters and fewer: shouted, not spelled; and the acronyms that are said as words. */
const pronounced = new Set(
  ('A I O AM AN AS AT BE BY DO GO HE HI IF IN IS IT ME MY NO OF OH OK ON OR SO TO UP US WE YO AH EH HA HO HM UH UM OW OX PA MA LO ' +
    'ACE ACT ADD AGE AGO AID AIM AIR ALL AND ANT ANY APE ARE ARM ART ASK ATE BAD BAG BAN BAR BAT BAY BED BEE BEG BET BIG BIN BIT BOW BOX BOY BUG BUS BUT BUY BYE CAN CAP CAR CAT COD COW CRY CUP CUT DAD DAM ' +
    'DAY DEN DEW DID DIE DIG DIM DIP DOE DOG DOT DRY DUE DUG EAR EAT EGG EGO ELF END ERA EVE EYE FAN FAR FAT FED FEE FEW FIG FIN FIT FIX FLY FOE FOG FOR FOX FUN FUR GAP GAS GEL GEM GET GIN GOD GOT GUM GUN GUT GUY ' +
    'GYM HAD HAS HAT HAY HEN HER HEY HID HIM HIP HIS HIT HOP HOT HOW HUG HUT ICE ICY ILL INK INN ION ITS IVY JAM JAR JAW JAY JET JOB JOG JOY KEY KID KIN KIT LAB LAD LAP LAW LAY LED LEG LET LID LIE LIP LIT LOG LOT LOW MAD ' +
    'MAN MAP MAT MAY MEN MET MIX MOB MOM MUD MUG MUM NAP NET NEW NIL NOD NOR NOT NOW NUN NUT OAK OAT ODD OFF OIL OLD ONE OUR OUT OWE OWL OWN PAD PAL PAN PAW PAY PEA PEN PET PIE PIG PIN PIT POD POP POT PUB PUT RAG RAM RAN RAT RAW RAY ' +
    'RED RIB RID RIM ROB ROD ROW RUB RUG RUN RYE SAD SAT SAW SAY SEA SEE SET SEW SEX SHE SIN SIP SIR SIT SIX SKI SKY SLY SON SOW SPA SPY SUM SUN TAB TAG TAN TAP TAR TAX TEA TEN THE TIE TIN TIP TOE TON TOO TOP TOW TOY TRY TUB TWO USE ' +
    'VAN VET VIA VOW WAR WAS WAX WAY WEB WED WET WHO WHY WIG WIN WON WOW YEN YES YET YOU ZIP ZOO AHA AWE BOO DUH HUH MEH MMM NAH OOH OOPS PSST SHH UGH WTH YAY YEP YUM HMM BRR ' +
    'WAV DIR MAX MIN AVG NASA NATO OPEC FIFA AIDS SARS RAM ROM GIF LAN WAN PIN SIM LED GUI SPA MOMA NAFTA YOLO FOMO IKEA LEGO NIMBY WASP SWAT PETA VAT DOS ZIP CAD LAMP CERN JAXA BART DARPA BAFTA CAPTCHA JPEG JSON ASCII RAID AIDS COVID LASER RADAR ' +
    'SONAR SCUBA UNICEF UNESCO POTUS SCOTUS ANOVA MIDI WIFI NOAA OSHA HIPAA BASIC COBOL FORTRAN LISP PASCAL TED POC ARM').split(' '),
);
const onset = /^(?:[BCDFGHJKLMNPQRSTVWXYZ]|[BCFGKPS]L|[BCDFGKPTW]R|S[CKMNPTWQ]|TH|CH|SH|WH|PH|GH|KN|GN|WR|TW|DW|QU|SCH|SCR|SPL|SPR|STR|SHR|THR|CHR|PS)?[AEIOUY]/u;
const coda = /[AEIOUY](?:[BCDFGKLMNPRSTVWXZH]|CK|CT|FT|GH|LD|LF|LK|LM|LP|LT|LL|MB|MP|MS|ND|NG|NK|NS|NT|NX|PT|PH|RB|RC|RD|RF|RG|RK|RL|RM|RN|RP|RS|RT|SH|SK|SP|SS|ST|TH|TS|CH|TCH|XT|NTH|RTH|RST|LTH|NCH|RCH|WN|WL|BS|DS|GS|KS|LS|PS|FF|ZZ|GHT|HN|[BCDFGKLMNPRT]S|RDS|NDS|NGS|RTS|NTS|STS|CKS|CTS|LDS|LLS|RKS|RMS|RNS|TT|RR|NN|DD|GG)?$/u;

/** "FBI" → "F.B.I", which voices take for letters where the word alone would be pronounced ("IDE"). */
export function letters(word: string): string {
  return Array.from(word).join('.');
}

/** Whether no one could say it as a word, or everyone spells it. Capitals only. */
export function mustBeSpelled(word: string): boolean {
  if (word.length === 1 || spelled.has(word)) return word.length > 1;
  if (pronounced.has(word)) return false;
  return !onset.test(word) || !coda.test(word);
}

/** The same for names in addresses, where "docs" and "john" are words whatever their letters. */
export function isLettersOnly(word: string): boolean {
  return word.length > 1 && (spelled.has(word) || !/[AEIOUY]/u.test(word));
}

/** Three letters that are no word are an acronym, whether or not they could be pronounced: "IVA", "GUP". */
function isAcronym(word: string): boolean {
  return mustBeSpelled(word) || (word.length <= 3 && !pronounced.has(word));
}

/** A text in capitals throughout is shouted: only what cannot be pronounced is spelled. */
function isShouted(text: string, at: number, word: string): boolean {
  const around = text.slice(Math.max(0, at - 60), at + word.length + 60);
  const others = around.match(/\p{L}{2,}/gu) ?? [];
  return others.length >= 3 && others.every((other) => other === other.toUpperCase());
}

function readAcronym([written, word, plural]: RegExpExecArray, { text, at }: Place): string | undefined {
  if (word!.length > 5 || !isAcronym(word!) || (isShouted(text, at, written) && !mustBeSpelled(word!))) return undefined;
  if (/^(?:[IVX]+|[IVXLC]{2,})$/u.test(word!) && /^(?:II|III|IV|VI|VII|VIII|IX|XI|XII|XIII|XIV|XV|XVI|XX|XXI)$/u.test(word!)) return undefined;
  if (plural === undefined) return letters(word!);
  return `${word!.length === 1 ? word! : letters(word!)}'s`;
}

function readDotted([written]: RegExpExecArray, { text, at }: Place): string | undefined {
  const bare = written.replaceAll('.', '');
  if (bare.length < 2) return undefined;
  // Initials of a name ("J.K. Rowling") are said the same way.
  if (at > 0 && /[\p{L}\d]/u.test(text[at - 1]!)) return undefined;
  return written.endsWith('.') ? `${letters(bare)}.` : letters(bare);
}

/** Letters, figures, and letters again: "MP3", "H2O", "F-16", "A380", "B2B". */
function readSerial([written, head, digits, rest]: RegExpExecArray, { region }: Place): string | undefined {
  if (head!.length > 5 && rest !== '') return undefined;
  const isPlural = rest === 's';
  const number = spokenSerial(digits!, region.numbers);
  const saidHead = head!.length === 1 ? head! : isAcronym(head!) ? letters(head!) : head!;
  // A lone A would be read as the article.
  const joined = head!.endsWith('A') && head!.length === 1 ? '-' : ' ';
  const said = `${saidHead}${joined}${number}`;
  if (isPlural) return `${said}s`;
  if (rest === '') return said;
  return written.length > 12 ? undefined : `${said} ${rest!.length === 1 ? rest!.toUpperCase() : rest!.replace(/\d{1,4}/gu, (inner) => ` ${spokenSerial(inner, region.numbers)} `).trim().replace(/\p{Lu}{2,}/gu, (inner) => (isAcronym(inner) ? letters(inner) : inner))}`;
}

function readFigureFirst([, digits, tail]: RegExpExecArray, { region }: Place): string | undefined {
  const number = digits!.length > 4 ? undefined : spokenSerial(digits!, region.numbers);
  if (number === undefined) return undefined;
  const plural = /^(\p{Lu}{1,4})s$/u.exec(tail!);
  if (plural) return `${number} ${plural[1]!.length > 1 ? letters(plural[1]!) : plural[1]}'s`;
  return `${number} ${/^\p{Lu}{2,}$/u.test(tail!) && isAcronym(tail!) ? letters(tail!) : tail!.length === 1 ? tail!.toUpperCase() : tail}`;
}

/** Nouns before a lone letter: "Vitamin A is". */
const letterCue = /(?:^|\s)(?:vitamin|plan|group|type|grade|section|hepatitis|appendix|option|part|team|class|series|point|exhibit|category|level|hall|gate|block|unit|route|variant|figure|table)\s$/iu;

/** A capital A inside a sentence is the letter; voices take it for the article unless a hyphen follows. */
function readLoneA([written]: RegExpExecArray, { text, at }: Place): string | undefined {
  const after = text.slice(at + 1, at + 4);
  if (/^\s?[=≠<>≤≥→+×÷−*]\s?/u.test(after) && /^(?:\s|$)/u.test(text[at - 1] ?? '')) return `${written}-`;
  const before = text.slice(Math.max(0, at - 16), at);
  if (written !== 'A' || !/^\s\p{Ll}/u.test(after)) return undefined;
  return /(?:\p{Ll}|\d)\s$/u.test(before) || letterCue.test(before) ? 'A-' : undefined;
}

export const letterRules: readonly Rule[] = [
  { name: 'World Wars', class: 'roman', at: { words: ['WWI', 'WWII', 'WW'] }, pattern: /WW(II?|[12])(?![\p{L}\d])/uy, read: ([, number]) => `World War ${number === 'I' || number === '1' ? 'One' : 'Two'}` },
  { name: '401(k)', class: 'serial', at: 'digit', pattern: /40(1|3)\(([kb])\)/uy, read: ([, last, letter]) => `four oh ${last === '1' ? 'one' : 'three'} ${letter!.toUpperCase()}` },
  { name: 'sharp', class: 'letters', at: 'word', pattern: /([A-G])#(?![\p{L}\d#])/uy, read: ([, letter]) => `${letter} sharp` },
  { name: 'plus plus', class: 'letters', at: 'word', pattern: /([A-Z]|Notepad|notepad|[a-z])\+\+(?![\p{L}\d+])/uy, read: ([, name]) => `${name} plus plus` },
  { name: 'dot net', class: 'letters', at: { symbols: '.' }, pattern: /\.NET(?![\p{L}\d])/uy, read: () => 'dot net' },
  { name: 'dotted letters', class: 'letters', at: 'word', pattern: /(?:\p{Lu}\.){1,7}\p{Lu}?(?![\p{L}\d])(?:(?<=\.\p{Lu})\.)?/uy, read: readDotted },
  { name: 'degree of study', class: 'letters', at: { words: ['Ph', 'PhD', 'PhDs'] }, pattern: /Ph\.?D\.?(s)?(?![\p{L}\d])/uy, read: ([, plural]) => `P.H.D${plural ? "'s" : ''}` },
  { name: 'ampersand inside', class: 'letters', at: 'word', pattern: /(\p{Lu}{1,4})\s?&\s?(\p{Lu}{1,4})(s)?(?![\p{L}\d&])/uy, read: ([written, left, right, plural]) => (/\s/u.test(written) && left!.length + right!.length > 2 ? undefined : `${joinWithAnd(left!, right!)}${plural === undefined ? '' : "'s"}`) },
  ...(['word', 'digit'] as const).map((at): Rule => ({ name: 'hash', class: 'verbatim', at, pattern: /[0-9a-f]{12,128}(?![\p{L}\d])/uy, read: ([written], { text, at: from }) => (/\d.*[a-f]|[a-f].*\d/u.test(written) && !/[\p{L}\d]/u.test(text[from - 1] ?? '') ? Array.from(written, (char) => (/\d/u.test(char) ? digitByDigit(char) : char === 'a' ? 'A-' : char.toUpperCase())).join(' ') : undefined) })),
  { name: 'letters and figures', class: 'serial', at: 'word', pattern: /(\p{Lu}{1,10})-?(\d{1,6})((?:\p{L}{1,4}\d{0,4}){0,2})(?![\p{L}\d]|[.,:]\d|-\p{L}{0,3}\d)/uy, read: readSerial },
  { name: 'figure and letters', class: 'serial', at: 'digit', pattern: /(\d{1,6})-?(?![kx×MB](?![\p{L}\d]))(\p{Lu}{1,4}s?|[a-z]|(?:\p{Lu}\p{Ll}?){2,4})(?![\p{L}\d'’]|-\p{L}{0,3}\d)/uy, read: readFigureFirst },
  { name: 'lone A', class: 'letters', at: { words: ['A', 'a'] }, pattern: /[Aa](?=\s?[^\p{L}\d])/uy, read: readLoneA },
  { name: 'acronym', class: 'letters', at: 'word', pattern: /(\p{Lu}{2,10})(?:['’]?(s))?(?![\p{L}\d'’])/uy, read: readAcronym },
];

function joinWithAnd(left: string, right: string): string {
  const said = (word: string): string => (word.length > 1 ? letters(word) : word);
  // A lone A would be read as the article, but not behind a hyphen.
  const isA = left === 'A' || right === 'A';
  return isA ? `${said(left)}-and-${said(right)}` : `${said(left)} and ${said(right)}`;
}
