/** ISO 639-3 codes, in which ElevenLabs says what was spoken, of the languages that can be heard here. */

/** From src/text/languages.ts; codes that have three letters there stay as they are. */
const named = `en eng, zh zho, de deu, es spa, ru rus, ko kor, fr fra, ja jpn, pt por, tr tur, pl pol, ca cat, nl nld, ar ara,
sv swe, it ita, id ind, hi hin, fi fin, vi vie, he heb, uk ukr, el ell, ms msa, cs ces, ro ron, da dan, hu hun, ta tam,
no nor, th tha, ur urd, hr hrv, bg bul, lt lit, la lat, mi mri, ml mal, cy cym, sk slk, te tel, fa fas, lv lav, bn ben,
sr srp, az aze, sl slv, kn kan, et est, mk mkd, br bre, eu eus, is isl, hy hye, ne nep, mn mon, bs bos, kk kaz, sq sqi,
sw swa, gl glg, mr mar, pa pan, si sin, km khm, sn sna, yo yor, so som, af afr, oc oci, ka kat, be bel, tg tgk, sd snd,
gu guj, am amh, yi yid, lo lao, uz uzb, fo fao, ht hat, ps pus, tk tuk, nn nno, mt mlt, sa san, lb ltz, my mya, bo bod,
tl tgl, mg mlg, as asm, tt tat, ln lin, ha hau, ba bak, jw jav, su sun`;

const codes = new Map(named.split(/,\s+/u).map((pair) => pair.split(' ') as [string, string]));

/** `en` is `eng`. */
export function threeLetterCodeOf(code: string): string {
  return codes.get(code) ?? code;
}
