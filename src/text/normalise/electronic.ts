/** Addresses of the net, files and folders, versions, names with @ and #. */
import { cardinal, digitByDigit, spokenNumber, spokenSerial, twoDigits } from './number-words.ts';
import { isLettersOnly, letters } from './letters.ts';
import { wordBefore } from './rule.ts';
import type { Place, Region, Rule } from './rule.ts';

/** Domains that text uses; other endings may be the next sentence ("end.Then"). */
const topLevel = new Set(
  ('com org net edu gov mil int info biz io ai co dev app xyz tech online site shop store blog cloud wiki news uk us ca au nz ie de fr es it pt nl be ' +
    'ch at se no dk fi pl cz ru ua gr tr jp cn kr in br mx ar za il eu tv me fm gg ly sh cc to gl ms').split(' '),
);
const topLevelWords = new Set('com org net edu gov mil info biz dev app tech online site shop store blog cloud wiki news co int'.split(' '));

const extensions = new Set(
  ('txt md pdf doc docx xls xlsx ppt pptx odt csv tsv json jsonl xml yaml yml toml ini cfg conf env log html htm css scss js mjs cjs jsx ts mts tsx py rb rs go java ' +
    'kt swift c h cc cpp hpp cs php pl sh bash zsh bat ps1 sql db sqlite png jpg jpeg gif svg webp bmp ico tiff mp3 mp4 wav ogg opus flac aac m4a avi mkv mov webm zip ' +
    'tar gz tgz bz2 xz 7z rar iso dmg exe dll so deb rpm apk jar wasm bin dat bak tmp lock proto onnx ipynb tex bib epub').split(' '),
);
const saidExtensions: Readonly<Record<string, string>> = { json: 'JSON', jpeg: 'JPEG', wav: 'wave', yaml: 'YAML', toml: 'toml', wasm: 'wazzum', sqlite: 'S.Q. lite', epub: 'e-pub' };

/** One name between dots and slashes: words stay words, digits are read, what cannot be pronounced is spelled. */
function spokenLabel(label: string, region: Region): string {
  const parts = label.match(/\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|\p{Lu}|\p{L}+|\d+|[^\p{L}\d]/gu) ?? [];
  return parts.map((part) => {
    if (/^\d/u.test(part)) return part.length > 4 ? digitByDigit(part) : part.length === 4 ? spokenSerial(part, region.numbers) : spokenNumber(part, region.numbers);
    if (part === 'etc') return 'et cetera';
    if (/^\p{L}/u.test(part)) return isLettersOnly(part.toUpperCase()) ? letters(part.toUpperCase()) : part;
    return marks[part] ?? part;
  }).join(' ');
}

const marks: Readonly<Record<string, string>> = {
  '.': 'dot', '/': 'slash', '\\': 'backslash', '-': 'dash', _: 'underscore', '@': 'at', ':': 'colon', '~': 'tilde', '+': 'plus', '=': 'equals', '?': 'question mark',
  '&': 'and', '#': 'hash', '%': 'percent', '*': 'star', '$': 'dollar', '!': '', ',': '', ';': '', '(': '', ')': '', "'": '', '[': '', ']': '', '{': '', '}': '',
};

/** Labels joined by said marks: "example dot com slash docs". */
function spokenAddress(written: string, region: Region): string {
  return written.split(/([^\p{L}\d])/u).filter((part) => part !== '').map((part) => marks[part] ?? spokenLabel(part, region)).filter((part) => part !== '').join(' ');
}

function spokenHost(host: string, region: Region): string {
  if (/^[\d.]+$/u.test(host)) return spokenIp(host, region);
  return host.split('.').map((label, i, all) => {
    if (i === 0) return /^(?:en|de|fr|es|it|pt|ru|ja|zh|nl|pl|uk|us)$/u.test(label) ? letters(label.toUpperCase()) : spokenAddress(label, region);
    const isEnding = i === all.length - 1 && all.length > 1;
    const said = isEnding && !topLevelWords.has(label.toLowerCase()) && label.length === 2 ? letters(label.toUpperCase()) : spokenAddress(label, region);
    return `dot ${said}`;
  }).join(' ');
}

/** "example dot com slash docs": without scheme, www, and a slash at the end. */
export function spokenUrl(written: string, region: Region): string {
  const bare = written.replace(/^[a-z]{2,10}:\/\//iu, '').replace(/^www\./iu, '').replace(/\/$/u, '');
  const hostEnd = /[/:?#]|$/u.exec(bare)!.index;
  const rest = bare.slice(hostEnd);
  return `${spokenHost(bare.slice(0, hostEnd), region)}${rest === '' ? '' : ` ${spokenAddress(rest, region)}`}`;
}

export function spokenEmail(written: string, region: Region): string {
  const at = written.lastIndexOf('@');
  return `${spokenAddress(written.slice(0, at), region)} at ${spokenHost(written.slice(at + 1), region)}`;
}

const label = String.raw`[\p{L}\d](?:[\p{L}\d-]{0,61}[\p{L}\d])?`;
const host = String.raw`${label}(?:\.${label}){1,6}`;
/** Stops and brackets at its end belong to the sentence. */
const path = String.raw`(?:[/?#](?:[\p{L}\d/?#&=_~%+@$*:;,.!'()\-]{0,400}[\p{L}\d/=_~+\-])?)?`;
const urlPattern = new RegExp(String.raw`(?:(?:https?|ftp|wss?|file|ssh|git):\/\/(?=[\p{L}\d])[^\s<>"'“”‘’]{0,400}[^\s<>"'“”‘’.,;:!?)\]}]|www\.${host}(?::\d{1,5})?${path})`, 'iuy');
const emailPattern = new RegExp(String.raw`(?:mailto:)?([\p{L}\d](?:[\p{L}\d._%+\-]{0,62}[\p{L}\d_%+\-])?@${host})`, 'uy');

function readHost([written, name]: RegExpExecArray, place: Place): string | undefined {
  const ending = name!.slice(name!.lastIndexOf('.') + 1);
  // "End.in" may be two sentences; "B.B.C" and "e.g" are none of ours.
  if (!topLevel.has(ending) || /^(?:\p{L}\.){1,6}\p{L}$/u.test(name!) || (name!.length === written.length && /^\d[\d.]*$/u.test(name!))) return undefined;
  return spokenUrl(written, place.region);
}

function readFile([, stem, ending]: RegExpExecArray, { region }: Place): string | undefined {
  if (!extensions.has(ending!.toLowerCase()) || /^(?:\p{L}\.){0,6}\p{L}$/u.test(stem!) || /^\p{Lu}$/u.test(ending!)) return undefined;
  return `${spokenAddress(stem!, region)} dot ${spokenExtension(ending!, region)}`;
}

function spokenExtension(ending: string, region: Region): string {
  const lower = ending.toLowerCase();
  if (saidExtensions[lower] !== undefined) return saidExtensions[lower];
  const bare = lower.replace(/\d$/u, '');
  const isWord = /^(?:doc|log|lock|zip|tar|bash|swift|java|go|env|conf|proto|onnx|flac|opus|lock|bin|jar|tex|deb)$/u.test(bare);
  const said = isWord ? bare : letters(bare.toUpperCase());
  return bare === lower ? said : `${said} ${cardinal(lower.slice(-1), region.numbers)}`;
}

/** Names of products whose "24.21" is a version, part by part, and no decimal. */
const versioned = new Set('version Version release Release Node npm iOS iPadOS macOS Android Python Java Ruby PHP Go Rust TypeScript React Vue Angular Swift Kotlin Chrome Firefox Safari Ubuntu Debian Fedora Linux Kernel kernel Windows Postgres PostgreSQL MySQL Redis Kubernetes Docker Django Rails Unity Bluetooth'.split(' '));

function spokenVersion(numbers: string, region: Region): string {
  return numbers.split('.').map((part) => (/^0\d$/u.test(part) ? twoDigits(Number(part)) : spokenNumber(part, region.numbers))).join(' point ');
}

function spokenIp(written: string, region: Region): string {
  return written.split('.').map((part) => (part.length === 3 && !part.endsWith('00') ? spokenSerial(part, region.numbers) : cardinal(part, region.numbers))).join(' dot ');
}

function readPath([written]: RegExpExecArray, { text, at, region }: Place): string | undefined {
  if (at > 0 && !/[\s("'“‘`[=:>]/u.test(text[at - 1]!)) return undefined;
  return spokenPath(written, region);
}

function spokenPath(written: string, region: Region): string {
  const file = /^(.*)\.(\p{L}\p{L}?\p{L}?\p{L}?\d?)$/u.exec(written);
  if (file && extensions.has(file[2]!.toLowerCase()) && /[^/\\]$/u.test(file[1]!)) return `${spokenAddress(file[1]!, region)} dot ${spokenExtension(file[2]!, region)}`;
  return spokenAddress(written.length > 1 ? written.replace(/[/\\]$/u, '') : written, region);
}

function readTag([, name]: RegExpExecArray, { region }: Place): string {
  return `hashtag ${spokenLabel(name!.replaceAll('_', ' '), region).replace(/\s+/gu, ' ')}`;
}

const segment = String.raw`[\p{L}\d_.@~+{}-]{1,64}`;

export const electronicRules: readonly Rule[] = [
  ...(['word', 'digit'] as const).flatMap((at): Rule[] => [
    { name: 'e-mail', class: 'electronic', at, pattern: emailPattern, read: ([, address], { region }) => spokenEmail(address!, region) },
    { name: 'URL', class: 'electronic', at, pattern: urlPattern, read: ([written], { region }) => spokenUrl(written, region) },
    { name: 'relative path', class: 'electronic', at, pattern: new RegExp(String.raw`(?=\p{L}|\d{0,8}\p{L})[\p{L}\d_.\-]{1,64}(?:\/[\p{L}\d_.\-]{1,64}){0,20}\/[\p{L}\d_\-]{1,64}\.\p{L}{1,5}\d?(?![\p{L}\d])`, 'uy'), read: ([written], { region }) => (extensions.has(written.slice(written.lastIndexOf('.') + 1).toLowerCase()) ? spokenPath(written, region) : undefined) },
    { name: 'host', class: 'electronic', at, pattern: new RegExp(String.raw`(${host})(?::\d{1,5})?${path}(?![\p{L}\d@])`, 'uy'), read: readHost },
    { name: 'file', class: 'electronic', at, pattern: /(?=[\d_-]{0,16}\p{L})([\p{L}\d_-]{1,64}(?:\.[\p{L}\d_-]{1,32}){0,3})\.(\p{L}{1,5}\d?|7z)(?![\p{L}\d@])/uy, read: readFile },
  ]),
  { name: 'IP address', class: 'electronic', at: 'digit', pattern: /(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2})|:(\d{1,5}))?(?![\d\p{L}]|\.\d)/uy, read: ([, address, size, port], { region }) => `${spokenIp(address!, region)}${size === undefined ? '' : ` slash ${cardinal(size, region.numbers)}`}${port === undefined ? '' : ` colon ${spokenSerial(port, region.numbers)}`}` },
  { name: 'version with v', class: 'electronic', at: 'word', pattern: /v\.?\s?(\d{1,6}(?:\.\d{1,6}){0,4})(?![\p{L}\d]|\.\d)/uy, read: ([written, numbers], { region }) => (/\s/u.test(written) ? undefined : `version ${spokenVersion(numbers!, region)}`) },
  { name: 'version in parts', class: 'electronic', at: 'digit', pattern: /\d{1,6}(?:\.\d{1,6}){2,4}(?![\p{L}\d]|\.\d)/uy, read: ([numbers], { region }) => spokenVersion(numbers, region) },
  { name: 'version of a product', class: 'electronic', at: 'digit', pattern: /\d{1,4}\.\d{1,4}(?![\p{L}\d%]|[.,]\d)/uy, read: ([numbers], place) => (versioned.has(wordBefore(place).replace(/\.js$/u, '')) ? spokenVersion(numbers, place.region) : undefined) },
  { name: 'path', class: 'electronic', at: { symbols: '/~.' }, pattern: new RegExp(String.raw`(?:~|\.{1,2})?\/(?:${segment}\/){0,20}(?:[\p{L}\d_.@~+{}\-]{0,63}[\p{L}\d_@~+}\-])?`, 'uy'), read: (match, place) => (/[\p{L}\d]/u.test(match[0]) ? readPath(match, place) : undefined) },
  { name: 'hidden file', class: 'electronic', at: { symbols: '.' }, pattern: /\.(\p{Ll}[\p{Ll}\d_-]{1,31}(?:\.\p{Ll}{2,5})?)(?![\p{L}\d])/uy, read: ([written], place) => readPath([written] as unknown as RegExpExecArray, place) },
  { name: 'Windows path', class: 'electronic', at: 'word', pattern: /[A-Za-z]:\\(?:[\p{L}\d_.@~+ -]{1,64}\\){0,20}(?:[\p{L}\d_.@~+-]{0,63}[\p{L}\d_@~+-])?/uy, read: ([written], { region }) => spokenPath(written, region) },
  { name: 'name with @', class: 'electronic', at: { symbols: '@' }, pattern: /@([\p{L}\d_](?:[\p{L}\d_.\-/]{0,48}[\p{L}\d_])?)/uy, read: ([, name], { region }) => `at ${spokenAddress(name!, region)}` },
  { name: 'hashtag', class: 'electronic', at: { symbols: '#' }, pattern: /#(\p{L}[\p{L}\p{M}\d_]{0,63})/uy, read: readTag },
];
