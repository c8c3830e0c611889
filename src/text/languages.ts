/** The languages that can be heard, by the codes that Whisper's models use: ISO 639-1, and where that has none ISO 639-3. */

/** Code and English name, in the order of the models' own tokens: the first 99 of all models, `yue` since large-v3. */
const named = `en english, zh chinese, de german, es spanish, ru russian, ko korean, fr french, ja japanese, pt portuguese,
tr turkish, pl polish, ca catalan, nl dutch, ar arabic, sv swedish, it italian, id indonesian, hi hindi, fi finnish,
vi vietnamese, he hebrew, uk ukrainian, el greek, ms malay, cs czech, ro romanian, da danish, hu hungarian, ta tamil,
no norwegian, th thai, ur urdu, hr croatian, bg bulgarian, lt lithuanian, la latin, mi maori, ml malayalam, cy welsh,
sk slovak, te telugu, fa persian, lv latvian, bn bengali, sr serbian, az azerbaijani, sl slovenian, kn kannada,
et estonian, mk macedonian, br breton, eu basque, is icelandic, hy armenian, ne nepali, mn mongolian, bs bosnian,
kk kazakh, sq albanian, sw swahili, gl galician, mr marathi, pa punjabi, si sinhala, km khmer, sn shona, yo yoruba,
so somali, af afrikaans, oc occitan, ka georgian, be belarusian, tg tajik, sd sindhi, gu gujarati, am amharic,
yi yiddish, lo lao, uz uzbek, fo faroese, ht haitian creole, ps pashto, tk turkmen, nn nynorsk, mt maltese,
sa sanskrit, lb luxembourgish, my myanmar, bo tibetan, tl tagalog, mg malagasy, as assamese, tt tatar, haw hawaiian,
ln lingala, ha hausa, ba bashkir, jw javanese, su sundanese, yue cantonese`;

const nameOfCode = new Map(named.split(/,\s+/u).map((entry) => [entry.slice(0, entry.indexOf(' ')), entry.slice(entry.indexOf(' ') + 1)]));

/** In the order of the models' own tokens, most heard in training first. */
export const languageCodes: readonly string[] = [...nameOfCode.keys()];

const codeOfName = new Map([
  ...Array.from(nameOfCode, ([code, name]) => [name, code] as const),
  ...Object.entries({
    burmese: 'my', valencian: 'ca', flemish: 'nl', haitian: 'ht', letzeburgesch: 'lb', pushto: 'ps', panjabi: 'pa',
    moldavian: 'ro', moldovan: 'ro', sinhalese: 'si', castilian: 'es', mandarin: 'zh', filipino: 'tl', farsi: 'fa',
  }),
]);

/** Where the registry's canonical code is another than the models'. */
const modelCodes: Readonly<Record<string, string>> = { jv: 'jw', fil: 'tl', nb: 'no', cmn: 'zh' };

/**
 * The code of a language named by its code (ISO 639-1, -2 or -3), a tag with a region, or its English name, in any
 * case: `en`, `eng`, `en-GB`, `EN_us`, `English`. `undefined` where it is none of these or not one that can be heard.
 */
export function languageCodeOf(language: string): string | undefined {
  const plain = language.trim().toLowerCase();
  const byName = codeOfName.get(plain);
  if (byName !== undefined) return byName;
  const canonical = canonicalLanguage(plain.replaceAll('_', '-'));
  if (canonical === undefined) return undefined;
  const code = modelCodes[canonical] ?? canonical;
  return nameOfCode.has(code) ? code : undefined;
}

/** The English name in lower case: `en` is `english`. `undefined` for what is not one of `languageCodes`. */
export function languageNameOf(code: string): string | undefined {
  return nameOfCode.get(code);
}

/** Three letters become two where there are two, and retired codes their successors: `deu` is `de`, `iw` is `he`. */
function canonicalLanguage(tag: string): string | undefined {
  try {
    return new Intl.Locale(tag).language;
  } catch {
    return undefined;
  }
}
