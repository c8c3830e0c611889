/** The frame around every page: name, navigation, the server's state, and the page itself. */
import { useEffect, useRef, type ComponentType, type MouseEvent } from 'react';
import { isAtLeast, type Role } from '../access/access-api.ts';
import { AccessContext } from '../access/access-context.ts';
import { AccountMenu } from '../access/account-menu.tsx';
import { SignIn } from '../access/sign-in.tsx';
import { useAccess, type Access } from '../access/use-access.ts';
import { fetchHealth } from '../api.ts';
import { KeysPage } from '../keys/keys-page.tsx';
import { ListenPage } from '../listen/listen-page.tsx';
import { ModelsPage } from '../models/models-page.tsx';
import { OperationsPage } from '../operations/operations-page.tsx';
import { QueuePage } from '../queue/queue-page.tsx';
import { ReadPage } from '../read/read-page.tsx';
import { ProvidersPage } from '../providers/providers-page.tsx';
import { SpeakPage } from '../speak/speak-page.tsx';
import { TalkPage } from '../talk/talk-page.tsx';
import { Announcer } from './announcer.tsx';
import { firstSentence, summariseHealth } from './health-summary.ts';
import { Wordmark } from './icons.tsx';
import { StatusPill } from './status-pill.tsx';
import { ThemeToggle } from './theme-toggle.tsx';
import { usePolled } from './use-polled.ts';
import { useRoute } from './use-route.ts';

/** A page stays mounted while another is shown, so that speech goes on; `visible` tells it to rest. */
export type PageProps = { readonly visible: boolean };

type PageEntry = {
  readonly path: string;
  readonly label: string;
  readonly Page: ComponentType<PageProps>;
  /** Who it is for. Default: everybody. */
  readonly needs?: Role;
};

const speakPage: PageEntry = { path: 'speak', label: 'Speak', Page: SpeakPage };

/** A new page is a new row here; the first is for everybody. */
const pages: readonly [PageEntry, ...PageEntry[]] = [
  speakPage,
  { path: 'listen', label: 'Listen', Page: ListenPage },
  { path: 'talk', label: 'Talk', Page: TalkPage },
  { path: 'read', label: 'Read aloud', Page: ReadPage },
  { path: 'queue', label: 'Queue', Page: QueuePage },
  { path: 'models', label: 'Models', Page: ModelsPage },
  { path: 'providers', label: 'Providers', Page: ProvidersPage, needs: 'operator' },
  { path: 'operations', label: 'Operations', Page: OperationsPage, needs: 'operator' },
  { path: 'keys', label: 'Keys', Page: KeysPage, needs: 'operator' },
];

const healthIntervalMs = 10_000;

export function App() {
  const { access, enter, leave, renew } = useAccess();
  const shown = pagesFor(access);
  const route = useRoute([speakPage.path, ...shown.map(({ path }) => path)]);
  const main = useRef<HTMLElement>(null);
  const { value: health, failure } = usePolled({ ask: fetchHealth, intervalMs: healthIntervalMs });
  const summary = summariseHealth(health, failure);
  usePageChange(access.kind === 'out' ? undefined : route, main);

  const skip = (event: MouseEvent) => {
    // The part after # names the page here, so the jump is made by hand.
    event.preventDefault();
    main.current?.focus();
  };

  return (
    <Announcer>
      <a className="skip-link" href="#main" onClick={skip}>Skip to content</a>
      <header className="header">
        <a className="wordmark" href="#/speak"><Wordmark />Antiphon</a>
        {shown.length > 0 && (
          <nav className="navigation" aria-label="Pages">
            {shown.map(({ path, label }) => (
              <a key={path} href={`#/${path}`} aria-current={path === route ? 'page' : undefined}>{label}</a>
            ))}
          </nav>
        )}
        <div className="header-tools">
          <StatusPill summary={summary} health={failure ? undefined : health} />
          {access.kind === 'in' && access.me.key !== null && <AccountMenu me={access.me} onLeave={leave} />}
          <ThemeToggle />
        </div>
      </header>
      <output className="notices">
        {summary.problems.length > 0 && <p className="notice" data-tone={summary.tone}>{firstSentence(summary.problems[0] ?? '')}</p>}
      </output>
      <main id="main" className="main" ref={main} tabIndex={-1} aria-busy={access.kind === 'asking'}>
        {access.kind === 'out' && <SignIn refusal={access.refusal} onEnter={enter} />}
        {access.kind === 'in' && (
          // Another person's page begins anew: nothing of the one before is left in it.
          <AccessContext key={access.me.user} value={{ me: access.me, renew }}>
            {shown.map(({ path, Page }) => <div key={path} hidden={path !== route}><Page visible={path === route} /></div>)}
          </AccessContext>
        )}
      </main>
    </Announcer>
  );
}

function pagesFor(access: Access): readonly PageEntry[] {
  return access.kind === 'in' ? pages.filter(({ needs = 'user' }) => isAtLeast(access.me.role, needs)) : [];
}

/** A change of page is one for the title and for the keyboard too. undefined: none is shown. */
function usePageChange(route: string | undefined, main: { readonly current: HTMLElement | null }): void {
  const shown = useRef(route);
  useEffect(() => {
    const label = pages.find(({ path }) => path === route)?.label;
    document.title = label === undefined ? 'Antiphon' : `${label} · Antiphon`;
    if (route === undefined) return;
    if (shown.current !== route) main.current?.focus({ preventScroll: true });
    if (shown.current !== route) window.scrollTo(0, 0);
    showCurrentLink();
    shown.current = route;
  }, [route, main]);
}

/** On a phone not all links fit. Not scrollIntoView: from there on Tab would begin at the link. */
function showCurrentLink(): void {
  const link = document.querySelector<HTMLElement>('.navigation [aria-current]');
  const navigation = link?.parentElement;
  if (!link || !navigation) return;
  navigation.scrollLeft = link.offsetLeft - (navigation.clientWidth - link.offsetWidth) / 2;
}
