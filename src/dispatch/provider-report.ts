/** What is known of every provider, in one place: for the API, for /health and for a person. */
import type { Clock } from '../clock.ts';
import type { KeyStatus } from '../config/key-source.ts';
import { localMember, workKinds, type BreakerState, type Fallback, type MemberState, type WorkKind } from './fallback.ts';
import type { MemberFigures, ProviderBooks } from './provider-books.ts';
import type { ProviderEntry, ProviderRoster } from './provider-roster.ts';
import type { LastCheck, ProviderWatch } from './provider-watch.ts';

/** `unknown`: nobody has asked yet. */
export type ServiceState = 'connected' | 'error' | 'unknown';

export type KindReport = MemberFigures & {
  readonly kind: WorkKind;
  readonly model: string;
  /** It stands in the chain of this kind. */
  readonly inChain: boolean;
  readonly breaker: BreakerState;
  readonly retryAt: Date | undefined;
  readonly state: MemberState | undefined;
};

export type ProviderReport = {
  readonly entry: ProviderEntry;
  readonly key: KeyStatus;
  readonly service: ServiceState;
  readonly check: LastCheck | undefined;
  readonly kinds: readonly KindReport[];
};

export type ProviderReports = {
  readonly all: () => Promise<readonly ProviderReport[]>;
  /** Errors: provider_unknown. */
  readonly get: (id: string) => Promise<ProviderReport>;
  /** pass: it works, or stands in no chain. warn: it does not, and somebody else in each of its chains does. fail: nobody does. */
  readonly judge: (report: ProviderReport) => { readonly status: 'pass' | 'warn' | 'fail'; readonly message: string | undefined };
};

export type ProviderReportsOptions = {
  readonly roster: ProviderRoster;
  readonly fallback: Pick<Fallback, 'chain' | 'states'>;
  readonly books: Pick<ProviderBooks, 'figuresOf'>;
  readonly watch: Pick<ProviderWatch, 'last'>;
  readonly clock: Clock;
  readonly now: () => Date;
};

export function createProviderReports({ roster, fallback, books, watch, clock, now }: ProviderReportsOptions): ProviderReports {
  function stateOf(kind: WorkKind, member: string): MemberState | undefined {
    return fallback.states().find((state) => state.kind === kind && state.member === member);
  }

  function describeKind({ id, settings }: ProviderEntry, kind: WorkKind): KindReport[] {
    const model = settings.models[kind];
    if (model === undefined) return [];
    const state = stateOf(kind, id);
    const retryAt = state?.retryAtMs === undefined ? undefined : new Date(now().getTime() + state.retryAtMs - clock.now());
    return [{ kind, model, inChain: fallback.chain(kind).includes(id), breaker: state?.breaker ?? 'closed', retryAt, state, ...books.figuresOf(kind, id) }];
  }

  async function describe(entry: ProviderEntry): Promise<ProviderReport> {
    const check = watch.last(entry.id);
    const service = check === undefined ? 'unknown' : 'found' in check ? 'connected' : 'error';
    return { entry, key: await entry.key.status(), service, check, kinds: workKinds.flatMap((kind) => describeKind(entry, kind)) };
  }

  /** This machine is not judged here: /health has components of its own for it. */
  function works(kind: WorkKind, member: string): boolean {
    if ((stateOf(kind, member)?.breaker ?? 'closed') !== 'closed') return false;
    const check = member === localMember ? undefined : watch.last(member);
    return check === undefined || 'found' in check;
  }

  return {
    all: () => Promise.all(roster.all().map(describe)),
    get: (id) => describe(roster.get(id)),
    judge: ({ entry: { id }, key, check, kinds }) => {
      const chained = kinds.filter(({ inChain }) => inChain);
      // Of whom nobody asks anything nothing is amiss.
      if (chained.length === 0) return { status: 'pass', message: undefined };
      const out = chained.filter(({ breaker }) => breaker !== 'closed');
      const reasons = [
        ...(key.state === 'missing' ? [key.message!] : check !== undefined && 'error' in check ? [check.error.message] : []),
        ...(out.length > 0 ? [`It is out of service for ${out.map(({ kind }) => kind).join(', ')} after failures${out[0]!.state?.lastError === undefined ? '' : ` (${out[0]!.state.lastError.code})`}.`] : []),
      ];
      if (reasons.length === 0) return { status: 'pass', message: undefined };
      const ill = key.state === 'missing' || (check !== undefined && 'error' in check) ? chained : out;
      const alone = ill.filter(({ kind }) => !fallback.chain(kind).some((member) => member !== id && works(kind, member)));
      const consequence = alone.length === 0 ? 'Others in its chains serve in its place.' : `Nobody else serves ${alone.map(({ kind }) => kind).join(', ')}.`;
      return { status: alone.length === 0 ? 'warn' : 'fail', message: [...reasons, consequence].join(' ') };
    },
  };
}
