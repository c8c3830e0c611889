/** What has ended lately, and how. */
import { fetchRecent } from '../api.ts';
import type { EndedRequest } from '../api-schemas.ts';
import { formatClock, formatCount, formatDelay } from '../shell/format-quantity.ts';
import { usePolled } from '../shell/use-polled.ts';

const intervalMs = 3_000;
const shownRows = 12;

export function RecentRequests({ visible }: { readonly visible: boolean }) {
  const { value } = usePolled({ ask: fetchRecent, intervalMs, enabled: visible });
  const ended = value?.requests.slice(0, shownRows) ?? [];
  if (ended.length === 0) return null;
  return (
    <div className="recent">
      <h2 id="recent-title">Ended lately</h2>
      <section className="table-scroll" aria-labelledby="recent-title">
        <table>
          <thead>
            <tr><th scope="col">Ended</th><th scope="col">Voice or model</th><th scope="col">Characters</th><th scope="col">Sound</th><th scope="col">First audio</th><th scope="col">Took</th><th scope="col">Outcome</th></tr>
          </thead>
          <tbody>{ended.map((one) => <RecentRow key={one.id} ended={one} />)}</tbody>
        </table>
      </section>
    </div>
  );
}

function RecentRow({ ended }: { readonly ended: EndedRequest }) {
  const { ended_at: endedAt, engine, voice, characters, audio_seconds: audioSeconds, first_audio_ms: firstAudioMs, duration_ms: durationMs, outcome } = ended;
  return (
    <tr>
      <td className="figure">{new Date(endedAt).toLocaleTimeString()}</td>
      <td>{voice ?? engine} <span className="quiet">{voice === null ? 'heard' : engine}</span></td>
      <td className="figure">{characters === null ? '–' : formatCount(characters)}</td>
      <td className="figure">{formatClock(audioSeconds)}</td>
      <td className="figure">{firstAudioMs === null ? '–' : formatDelay(firstAudioMs)}</td>
      <td className="figure">{formatDelay(durationMs)}</td>
      <td><span className="tag" data-state={outcome === 'ok' ? 'ready' : 'partial'}>{outcome === 'ok' ? 'complete' : outcome.replaceAll('_', ' ')}</span></td>
    </tr>
  );
}
