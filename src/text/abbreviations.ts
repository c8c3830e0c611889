/** Abbreviations whose full stop is not the end of a sentence, by what must follow for that to hold. */

/**
 * - `always`: a title or the like; what follows belongs to it whatever it is ("Dr. Smith").
 * - `number`: only with a number after it ("No. 5", "p. 12"); else the stop is a stop ("He said no.").
 * - `continues`: with a number or a lower-case word after it ("etc. and", "Jan. 5"); a capital starts a new sentence.
 */
export type AbbreviationKind = 'always' | 'number' | 'continues';

type AbbreviationLists = Readonly<Record<AbbreviationKind, string>>;

/** Case matters: "Sat." is a day, "sat." ends a sentence. Entries are without their last dot. */
const byLanguage: Readonly<Record<string, AbbreviationLists>> = {
  en: {
    always:
      'Dr Mr Mrs Ms Mx Prof St Rev Fr Gen Col Maj Capt Cmdr Lt Sgt Cpl Pvt Adm Gov Sen Rep Hon Pres Supt Mt Ft Messrs Mses ' +
      'vs e.g i.e cf viz approx',
    number: 'No Nos no nos p pp P Pp vol Vol vols ch Ch chap Chap fig Fig figs Figs sec Sec art Art eq Eq ver v c ca',
    continues:
      'etc Inc Ltd Co Corp Bros Jr Sr Esq Dept dept Univ est Est a.m p.m A.M P.M Ph.D M.D B.A M.A B.Sc M.Sc LL.B U.S U.K U.N E.U U.S.A D.C L.A N.Y ' +
      'Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun ' +
      'Ave Blvd Rd Hwy Ln Sq Apt apt Ste ft in lb lbs oz hr hrs min mins sec secs tel Tel ext Ext al resp incl',
  },
  de: {
    always: 'Dr Prof Hr Fr Frl Hrn St Dipl Ing z.B z d.h u.a o.ä i.d.R v.a vgl Vgl ca bzw sog Abb geb gest evtl ggf inkl zzgl',
    number: 'Nr Nrn S Bd Kap Art Abs Tel',
    continues: 'usw etc Jan Feb Mär Apr Jun Jul Aug Sep Sept Okt Nov Dez Mo Di Mi Do Fr Sa So Str u.s.w',
  },
  fr: {
    always: 'M MM Mme Mmes Mlle Mlles Dr Pr Me Mgr St Ste p.ex c.-à-d cf',
    number: 'p pp vol chap fig art n no No tél Tél',
    continues: 'etc janv févr avr juil sept oct nov déc av',
  },
  es: {
    always: 'Sr Sra Srta Sres Sras D Dña Dr Dra Dres Lic Ing Prof Profa Gral Ud Uds Vd Vds p.ej Sto Sta Mons',
    number: 'n núm Núm pág Pág págs art cap vol fig tel Tel',
    continues: 'etc EE.UU EE UU a.m p.m a.C d.C Avda Av',
  },
  it: {
    always: 'Sig Sigg Sig.ra Sig.na Dott Dott.ssa Ing Avv Prof Prof.ssa Arch Geom On Mons S es cfr Cfr ca',
    number: 'n pag pagg p pp art cap vol fig tel Tel',
    continues: 'ecc a.C d.C gen feb mar apr mag giu lug ago set ott nov dic',
  },
  pt: {
    always: 'Sr Sra Srta Srs Sras Dr Dra Drs Prof Profa Exmo Exma Eng Engª Ilmo D p.ex',
    number: 'n nº núm pág págs art cap vol fig tel Tel',
    continues: 'etc a.C d.C Av Jan Fev Mar Abr Mai Jun Jul Ago Set Out Nov Dez',
  },
};

type Lookup = (word: string) => AbbreviationKind | undefined;

const lookups: ReadonlyMap<string, Lookup> = new Map(
  Object.entries(byLanguage).map(([language, lists]) => [language, compile(lists)]),
);

/** Looks abbreviations up for one language; unknown languages get the English list, which is harmless in most. */
export function abbreviationsFor(locale: string): Lookup {
  const language = locale.toLowerCase().split(/[-_]/)[0] ?? 'en';
  return lookups.get(language) ?? lookups.get('en')!;
}

function compile(lists: AbbreviationLists): Lookup {
  const kinds = new Map<string, AbbreviationKind>();
  for (const kind of ['continues', 'number', 'always'] as const) {
    for (const word of lists[kind].split(' ')) kinds.set(word, kind);
  }
  return (word) => kinds.get(word);
}
