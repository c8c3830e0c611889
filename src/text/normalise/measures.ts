/** Quantities with a unit. */
import { spokenNumber } from './number-words.ts';
import { spokenFraction, spokenVulgar, vulgarFractions } from './numbers.ts';
import { dashPattern, isAdjective, numberPattern } from './rule.ts';
import type { Place, Region, Rule } from './rule.ts';

type Unit = {
  readonly one: string;
  readonly many: string;
  /** Written right behind the number only: "5in" is a length, "5 in the box" is not. */
  readonly isTight: boolean;
};

/** `sign sign=one|many`; without `|many` an s is added; a leading `!` means tight. British spelling; American is derived. */
const table = `
km=kilometre;m=metre;cm=centimetre;mm=millimetre;µm μm um=micrometre;nm=nanometre;dm=decimetre
mi=mile;yd yds=yard;ft=foot|feet;!in=inch|inches;nmi=nautical mile;ly=light year
kg kgs=kilogram;g=gram;mg=milligram;µg μg mcg=microgram;t=tonne;lb lbs=pound;oz=ounce;st=stone|stone;ct=carat
l L=litre;ml mL=millilitre;cl cL=centilitre;dl dL=decilitre;gal gals=gallon;pt=point;qt=quart;tsp=teaspoon;tbsp Tbsp=tablespoon
s sec secs=second;ms=millisecond;µs μs=microsecond;ns=nanosecond;min mins=minute;h hr hrs=hour;yr yrs=year;mo mos=month;wk wks=week;!d=day
Hz=hertz|hertz;kHz=kilohertz|kilohertz;MHz=megahertz|megahertz;GHz=gigahertz|gigahertz;THz=terahertz|terahertz
W=watt;kW=kilowatt;MW=megawatt;GW=gigawatt;mW=milliwatt;Wh=watt hour;kWh=kilowatt hour;MWh=megawatt hour;GWh=gigawatt hour;TWh=terawatt hour
V=volt;kV=kilovolt;mV=millivolt;!A=amp;mA=milliamp;Ah=amp hour;mAh=milliamp hour;Ω=ohm;kΩ=kiloohm;MΩ=megaohm
J=joule;kJ=kilojoule;MJ=megajoule;cal=calorie;kcal=kilocalorie;N=newton;kN=kilonewton;Nm=newton metre
Pa=pascal;kPa=kilopascal;hPa=hectopascal;MPa=megapascal;bar=bar;psi=pound per square inch|pounds per square inch;atm=atmosphere;mmHg=millimetre of mercury|millimetres of mercury
B=byte;kB KB=kilobyte;MB=megabyte;GB=gigabyte;TB=terabyte;PB=petabyte;KiB=kibibyte;MiB=mebibyte;GiB=gibibyte;TiB=tebibyte
kb Kb kbit=kilobit;Mb Mbit=megabit;Gb Gbit=gigabit;bps=bit per second|bits per second;kbps Kbps=kilobit per second|kilobits per second;Mbps=megabit per second|megabits per second;Gbps=gigabit per second|gigabits per second
px=pixel;MP=megapixel;dpi=dot per inch|dots per inch;ppi=pixel per inch|pixels per inch;fps=frame per second|frames per second;rpm=revolution per minute|revolutions per minute;bpm=beat per minute|beats per minute
mph=mile per hour|miles per hour;kph kmh kmph=kilometre per hour|kilometres per hour;mpg=mile per gallon|miles per gallon;kn kt kts=knot
dB=decibel;dBA=decibel;ppm=part per million|parts per million;ppb=part per billion|parts per billion;mol=mole;lm=lumen;lx=lux|lux;cd=candela;K=kelvin|kelvin
ha=hectare;ac=acre;sqm=square metre;sqft=square foot|square feet;sq_ft=square foot|square feet;sq_m=square metre;sq_km=square kilometre;sq_mi=square mile;cu_ft=cubic foot|cubic feet;fl_oz=fluid ounce;cc=cubic centimetre;hp=horsepower|horsepower;bhp=brake horsepower|brake horsepower
%=percent|percent;‰=per mille|per mille;°=degree;°C ℃ oC=degree Celsius|degrees Celsius;°F ℉ oF=degree Fahrenheit|degrees Fahrenheit;°K=kelvin|kelvin;°N=degree north|degrees north;°S=degree south|degrees south;°E=degree east|degrees east;°W=degree west|degrees west
pts=point;pcs=piece;pp=percentage point;bp bps.=basis point`;

function readTable(): Map<string, Unit> {
  const units = new Map<string, Unit>();
  for (const entry of table.split(/[;\n]/u)) {
    const [signs = '', names = ''] = entry.split('=');
    if (names === '') continue;
    const [one = '', many = `${one}s`] = names.split('|');
    for (const sign of signs.replace('!', '').split(' ')) units.set(sign.replace('_', ' '), { one, many, isTight: signs.startsWith('!') });
  }
  return units;
}

const units = readTable();
/** Letters that mean something else behind a number and a blank, or are said as letters: "4 K", "5 B". */
const tightLetters = new Set(['K', 'B', 'N', 'st', 'pp', 'ct', 'ac', 't', 'bar', 'cd', 'mo', 'd', 'MP', 'kt']);
/** Never with a number right before them: 4K is a screen, 3B a pencil, 1B a billion. */
const neverTight = new Set(['K', 'B', 'N', 'st']);

/** What a "per" is followed by: "/h" → "hour", "/month" → "month". */
export function perUnit(written: string): string {
  return units.get(written)?.one ?? ({ mo: 'month', yr: 'year', wk: 'week', d: 'day' } as Readonly<Record<string, string>>)[written] ?? written;
}

const powers: Readonly<Record<string, string>> = { '²': 'square', '2': 'square', '³': 'cubic', '3': 'cubic' };

/** A unit as written, compound ones too: "km/h", "m²", "m/s²"; undefined for none that is known. */
function unitOf(written: string, isTight: boolean, region: Region): { one: string; many: string } | undefined {
  const [head = '', bottom] = written.split('/');
  const power = /[²³]$/u.exec(head)?.[0];
  const name = power === undefined ? head : head.slice(0, -1);
  const unit = units.get(name);
  if (unit === undefined || (isTight ? neverTight.has(name) : unit.isTight || tightLetters.has(name) && bottom === undefined)) return undefined;
  const before = power === undefined ? '' : `${powers[power]} `;
  if (bottom === undefined) return { one: spell(before + unit.one, region), many: spell(before + unit.many, region) };
  const bottomPower = /[²³]$/u.exec(bottom)?.[0];
  const bottomName = bottomPower === undefined ? bottom : bottom.slice(0, -1);
  const isTime = bottomName === 's' || bottomName === 'h';
  const per = `${bottomPower !== undefined && !isTime ? `${powers[bottomPower]} ` : ''}${perUnit(bottomName)}${bottomPower !== undefined && isTime ? ` ${bottomPower === '²' ? 'squared' : 'cubed'}` : ''}`;
  return { one: spell(`${before}${unit.one} per ${per}`, region), many: spell(`${before}${unit.many} per ${per}`, region) };
}

function spell(name: string, { isBritish }: Region): string {
  return isBritish ? name : name.replace(/metre/gu, 'meter').replace(/litre/gu, 'liter').replace(/tonne/gu, 'metric ton');
}

const unitPattern = String.raw`((?:sq|cu|fl)\s[a-z]{1,3}|[\p{Ll}\p{Lu}µμΩ°℃℉%‰]{1,5}[²³]?(?:\/[\p{L}]{1,12}[²³]?)?|%|°\s?[CF])(?![\p{L}\d²³])`;

/** Units whose dot belongs to them, and words that a bare "in" would be mistaken for. */
const dotted = new Set('in ft lb lbs oz hr hrs min mins sec secs yd yds mi gal pt qt yr yrs mo mos wk wks tsp tbsp'.split(' '));

function readMeasure([written, from, to, gap, unitWritten, dot]: RegExpExecArray, place: Place): string | undefined {
  const { region } = place;
  const sign = unitWritten!.replace(/\s(?=[CF]$)/u, '');
  const hasDot = dot !== undefined && dotted.has(sign);
  const unit = unitOf(sign, gap === '' || hasDot, region);
  if (unit === undefined || (dot !== undefined && !hasDot)) return undefined;
  const end = place.at + written.length;
  const isSingular = gap === '-' || isAdjective(place, end) || (to === undefined && from === '1');
  const number = to === undefined ? spokenNumber(from!, region.numbers) : `${spokenNumber(from!, region.numbers)} to ${spokenNumber(to, region.numbers)}`;
  return `${number} ${isSingular ? unit.one : unit.many}`;
}

function readTwice([, from, firstGap, first, to, secondGap, second]: RegExpExecArray, { region }: Place): string | undefined {
  const left = unitOf(first!, firstGap === '', region);
  const right = unitOf(second!, secondGap === '', region);
  if (left === undefined || right === undefined) return undefined;
  return `${spokenNumber(from!, region.numbers)} ${from === '1' ? left.one : left.many} to ${spokenNumber(to!, region.numbers)} ${to === '1' ? right.one : right.many}`;
}

/** Whether a quotation mark before `at` is still open: then the next one closes it, and is no sign for inches. */
function isQuoteOpen(text: string, at: number, mark: string): boolean {
  let count = 0;
  if (mark === "'") {
    const nearest = text.lastIndexOf(mark, at - 1);
    return nearest >= 0 && at - nearest < 300 && (nearest === 0 || /[\s([{,]/u.test(text[nearest - 1]!));
  }
  for (let i = text.lastIndexOf(mark, at - 1), seen = 0; i >= 0 && at - i < 300 && seen < 50; i = i === 0 ? -1 : text.lastIndexOf(mark, i - 1), seen++) {
    count++;
  }
  return count % 2 === 1;
}

function readMarks([written, number, mark]: RegExpExecArray, { text, at, region }: Place): string | undefined {
  if ((mark === '"' || mark === "'") && isQuoteOpen(text, at, mark)) return undefined;
  const isFeet = mark === "'" || mark === '′';
  if (mark === "'" && !/^[\s,.;]|^$/u.test(text.slice(at + written.length, at + written.length + 1))) return undefined;
  const isOne = number === '1' || isAdjective({ text, at, region }, at + written.length);
  return `${spokenNumber(number!, region.numbers)} ${isFeet ? (isOne ? 'foot' : 'feet') : isOne ? 'inch' : 'inches'}`;
}

/** "2h 30m", "1 h 5 min 3 s", "5m30s"; a lone "30 m" is a length. */
function readDuration([, hours, minutes, seconds]: RegExpExecArray, { region }: Place): string | undefined {
  if (hours === undefined && seconds === undefined) return undefined;
  const part = (count: string | undefined, name: string): string => (count === undefined ? '' : `${spokenNumber(String(Number(count)), region.numbers)} ${name}${Number(count) === 1 ? '' : 's'} `);
  return `${part(hours, 'hour')}${part(minutes, 'minute')}${part(seconds, 'second')}`.trimEnd();
}

function joined(number: string, unit: string | undefined): string | undefined {
  return unit === undefined ? undefined : `${number} ${unit}`;
}

function readFractionUnit([, top, bottom, unitWritten]: RegExpExecArray, { region }: Place): string | undefined {
  const unit = unitOf(unitWritten!, false, region);
  if (unit === undefined || Number(bottom) < 2) return undefined;
  return `${spokenFraction(Number(top), Number(bottom), region.numbers)} ${unit.one}`;
}

export const measureRules: readonly Rule[] = [
  { name: 'feet and inches', class: 'measure', at: 'digit', pattern: /(\d{1,3})['′’]\s?(\d{1,2}(?:\.\d)?)(?:["″”]|'')/uy, read: ([, feet, inches], { region }) => `${spokenNumber(feet!, region.numbers)} foot ${spokenNumber(inches!, region.numbers)}` },
  { name: 'feet and inches by letters', class: 'measure', at: 'digit', pattern: /(\d{1,3})\s?ft\.?\s(\d{1,2})\s?in(?:\.(?=\s\p{Ll})|(?![\p{L}\d]))/uy, read: ([, feet, inches], { region }) => `${spokenNumber(feet!, region.numbers)} ${feet === '1' ? 'foot' : 'feet'} ${spokenNumber(inches!, region.numbers)} ${inches === '1' ? 'inch' : 'inches'}` },
  { name: 'part of a unit by its sign', class: 'measure', at: { symbols: vulgarFractions }, pattern: new RegExp(`([${vulgarFractions}])\\s?${unitPattern}`, 'uy'), read: ([, sign, unitWritten], { region }) => joined(spokenVulgar(sign!, region.numbers), unitOf(unitWritten!, false, region)?.one) },
  { name: 'mixed number and unit', class: 'measure', at: 'digit', pattern: new RegExp(`(\\d{1,6})\\s?([${vulgarFractions}])\\s?${unitPattern}`, 'uy'), read: ([, whole, sign, unitWritten], { region }) => joined(spokenVulgar(sign!, region.numbers, whole), unitOf(unitWritten!, false, region)?.many) },
  { name: 'feet or inches by marks', class: 'measure', at: 'digit', pattern: /(\d{1,3}(?:\.\d{1,2})?)(['′"″])(?![\p{L}\d])/uy, read: readMarks },
  { name: 'hours, minutes, seconds', class: 'measure', at: 'digit', pattern: /(?:(\d{1,4})\s?h(?:rs?)?\s?)?(\d{1,2})\s?m(?:in|ins)?(?:\s?(\d{1,2})\s?s(?:ecs?)?)?(?![\p{L}\d²³/])/uy, read: readDuration },
  { name: 'from unit to unit', class: 'measure', at: 'digit', pattern: new RegExp(String.raw`${numberPattern}(\s?)${unitPattern}${dashPattern}${numberPattern}(\s?)${unitPattern}`, 'uy'), read: readTwice },
  { name: 'number and unit', class: 'measure', at: 'digit', pattern: new RegExp(String.raw`${numberPattern}(?:${dashPattern}${numberPattern})?([\s-]?)${unitPattern}(\.(?!\p{L}))?`, 'uy'), read: (match, place) => readMeasure(match, place) ?? withoutDot(match, place) },
  { name: 'part of a unit', class: 'measure', at: 'digit', pattern: new RegExp(String.raw`(\d{1,2})[/⁄](\d{1,3})\s${unitPattern}`, 'uy'), read: readFractionUnit },
  { name: 'part of an inch', class: 'measure', at: 'digit', pattern: /(\d{1,2})[/⁄](\d{1,2})["″](?![\p{L}\d])/uy, read: ([, top, bottom], { text, at, region }) => (isQuoteOpen(text, at, '"') || Number(bottom) < 2 ? undefined : `${spokenFraction(Number(top), Number(bottom), region.numbers)} of an inch`) },
  { name: 'hours and minutes', class: 'measure', at: 'digit', pattern: /(\d{1,2})h([0-5]\d)(?![\p{L}\d])/uy, read: ([, hours, minutes], { region }) => `${spokenNumber(String(Number(hours)), region.numbers)} ${Number(hours) === 1 ? 'hour' : 'hours'}${minutes === '00' ? '' : ` ${spokenNumber(String(Number(minutes)), region.numbers)}`}` },
  { name: 'unit a unit', class: 'measure', at: 'word', pattern: /(?:km|mi|kg|MB|GB|KB|kB|Mb|ml|mg)\/(?:h|hr|s|sec|min|day|l|L|kg|m[²³]?)(?![\p{L}\d])/uy, read: ([written], { region }) => unitOf(written, false, region)?.many },
  { name: 'square and cubic units', class: 'measure', at: 'word', pattern: /(km|cm|mm|m|ft|in|mi|yd)([²³])(?![\p{L}\d])/uy, read: ([, sign, power], { region }) => spell(`${powers[power!]} ${units.get(sign!)!.one}`, region) },
];

/** The dot behind a unit that has none is the sentence's; the walker puts it back. */
function withoutDot(match: RegExpExecArray, place: Place): string | undefined {
  const [written, from, to, gap, unitWritten, dot] = match;
  if (dot === undefined) return undefined;
  const bare = [written.slice(0, -1), from, to, gap, unitWritten, undefined] as unknown as RegExpExecArray;
  const said = readMeasure(bare, place);
  return said === undefined ? undefined : `${said}.`;
}
