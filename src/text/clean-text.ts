/** Brings text from outside into the one form that the rest of the house reads; no word is ever dropped. */

/** Terminal colour and cursor sequences; their letters would be read aloud. */
const escapeSequences = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B\n]{0,256}(?:\u0007|\u001B\\))/gu;
const lineBreaks = /\r\n?|[\u0085\u000B\u000C\u2028]/gu;
const controls = /[\u0000-\u0008\u000E-\u001F\u007F-\u009F]/gu;
/** Zero-width, bidi and soft-hyphen marks, and noncharacters: invisible, and they split words for espeak. */
const invisible = /[\u00AD\u034F\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFDD0-\uFDEF\uFEFF\uFFF9-\uFFFB\uFFFE\uFFFF]/gu;
/** Joiners carry meaning only inside Indic, Arabic-script and Khmer/Myanmar words and emoji sequences. */
const strayJoiners = /(?<![\p{M}\p{scx=Arab}\p{scx=Mong}\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])[\u200C\u200D]|[\u200C\u200D](?=[\p{scx=Latn}\s]|$)/gu;
/** Flags of regions use tag characters; anywhere else they are a way to hide text from a reader. */
const tagRuns = /\u{1F3F4}?[\u{E0000}-\u{E007F}]+/gu;
const strayVariants = /(?<![\p{Extended_Pictographic}\p{Emoji}\p{scx=Han}\p{scx=Mong}])[\uFE00-\uFE0F]/gu;
/**
 * Forms that mean the same as their plain letters: full- and half-width, ligatures, mathematical and circled
 * letters, Roman numerals, Arabic presentation forms. Not ², ½, ™ or №, whose NFKC form reads differently
 * (`x²` would become `x2`), and not full-width stops, which end sentences without a blank behind them.
 */
const compatibility =
  /[\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A\uFF02-\uFF07\uFF0A\uFF0B\uFF0D\uFF0F\uFF1C-\uFF1E\uFF20\uFF3B-\uFF40\uFF5B-\uFF5E\uFFE0-\uFFE6]|[\uFF61-\uFFDC]+|[\uFB00-\uFB06\uFB13-\uFB17\uFB50-\uFDCF\uFDF0-\uFDFB\uFE70-\uFEFC]|[\u2160-\u2188\u24B6-\u24E9\u2102\u210A-\u2113\u2115\u2119-\u211D\u2124\u2128\u212A-\u2134]|[\u{1D400}-\u{1D7FF}]/gu;
const wideMarksInNumbers = /(?<=\d)[．，：](?=\d)/gu;

/**
 * - lone surrogates, private-use characters and controls become blanks (never joining two words);
 * - zero-width, bidi and other invisible marks go, except joiners where a script or emoji needs them;
 * - every kind of blank becomes one space, every kind of line break `\n`; at most one empty line in a row;
 * - compatibility forms become plain letters where that changes no meaning, then NFC (espeak loses NFD accents).
 *
 * Idempotent. Linear in the length. The result may be empty.
 */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(escapeSequences, ' ')
    .replace(lineBreaks, '\n')
    .replace(/\u2029/gu, '\n\n')
    .replace(controls, (char) => (char === '\n' || char === '\t' ? char : ' '))
    .replace(invisible, '')
    .replace(strayJoiners, '')
    .replace(tagRuns, (run) => (run.startsWith('\u{1F3F4}') ? run : ''))
    .replace(strayVariants, '')
    .replace(/[\uFFFD\p{Co}]/gu, ' ')
    .replace(compatibility, (form) => form.normalize('NFKC'))
    .normalize('NFC')
    .replace(wideMarksInNumbers, (mark) => mark.normalize('NFKC'))
    .replace(/[\t\p{Zs}]+/gu, ' ')
    .replace(/ ?\n ?/gu, '\n')
    .replace(/\n{3,}/gu, '\n\n')
    .trim();
}
