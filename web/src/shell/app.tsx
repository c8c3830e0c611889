/** The frame around every page: name, navigation, the server's state, and the page itself. */
import { useEffect, useRef, type ComponentType, type MouseEvent } from 'react';
import { fetchHealth } from '../api.ts';
import { ListenPage } from '../listen/listen-page.tsx';
import { ModelsPage } from '../models/models-page.tsx';
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

/** A new page is a new row here. */
const pages: readonly { readonly path: PagePath; readonly label: string; readonly Page: ComponentType<PageProps> }[] = [
  { path: 'speak', label: 'Speak', Page: SpeakPage },
  { path: 'listen', label: 'Listen', Page: ListenPage },
  { path: 'talk', label: 'Talk', Page: TalkPage },
  { path: 'read', label: 'Read aloud', Page: ReadPage },
  { path: 'queue', label: 'Queue', Page: QueuePage },
  { path: 'models', label: 'Models', Page: ModelsPage },
  { path: 'providers', label: 'Providers', Page: ProvidersPage },
];

const paths = ['speak', 'listen', 'talk', 'read', 'queue', 'models', 'providers'] as const;

type PagePath = (typeof paths)[number];

const healthIntervalMs = 10_000;

export function App() {
  const route = useRoute(paths);
  const main = useRef<HTMLElement>(null);
  const { value: health, failure } = usePolled({ ask: fetchHealth, intervalMs: healthIntervalMs });
  const summary = summariseHealth(health, failure);
  usePageChange(route, main);

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
        <nav className="navigation" aria-label="Pages">
          {pages.map(({ path, label }) => (
            <a key={path} href={`#/${path}`} aria-current={path === route ? 'page' : undefined}>{label}</a>
          ))}
        </nav>
        <div className="header-tools">
          <StatusPill summary={summary} health={failure ? undefined : health} />
          <ThemeToggle />
        </div>
      </header>
      <output className="notices">
        {summary.problems.length > 0 && <p className="notice" data-tone={summary.tone}>{firstSentence(summary.problems[0] ?? '')}</p>}
      </output>
      <main id="main" className="main" ref={main} tabIndex={-1}>
        {pages.map(({ path, Page }) => <div key={path} hidden={path !== route}><Page visible={path === route} /></div>)}
      </main>
    </Announcer>
  );
}

/** A change of page is one for the title and for the keyboard too. */
function usePageChange(route: PagePath, main: { readonly current: HTMLElement | null }): void {
  const shown = useRef(route);
  useEffect(() => {
    document.title = `${pages.find(({ path }) => path === route)?.label} · Antiphon`;
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
