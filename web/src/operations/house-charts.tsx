/** The course of the key figures. */
import { useEffect, useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { SeriesPoint } from './operations-api.ts';

type Line = { readonly label: string; readonly of: (point: SeriesPoint) => number | null; readonly colour: string; readonly dash?: number[] };
type Chart = { readonly title: string; readonly lines: readonly Line[]; readonly show: (value: number) => string };

const seconds = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} s`;
const whole = (value: number): string => String(Math.round(value));
const percent = (value: number): string => `${Math.round(100 * value)} %`;

const charts: readonly Chart[] = [
  { title: 'Time of a speech request', show: seconds, lines: [{ label: 'median', of: (point) => point.p50_seconds, colour: '--accent' }, { label: '95th percentile', of: (point) => point.p95_seconds, colour: '--bad', dash: [5, 4] }] },
  { title: 'Requests', show: whole, lines: [{ label: 'answered', of: (point) => point.requests, colour: '--accent' }, { label: 'refused', of: (point) => point.refused, colour: '--text-quiet', dash: [2, 3] }, { label: 'failed', of: (point) => point.errors, colour: '--bad', dash: [5, 4] }] },
  { title: 'Sentences found in the cache', show: percent, lines: [{ label: 'share', of: (point) => point.cache_hit_share, colour: '--accent' }] },
];
const chartHeight = 180;

/** With the page's own language it may fail to load (one that the browser itself took from a system's and cannot read); the table above has the figures. */
const loadPlot = () => import('uplot').then((module) => module.default);

export function HouseCharts({ points }: { readonly points: readonly SeriesPoint[] }) {
  const [Plot, setPlot] = useState<typeof uPlot | 'failed'>();
  useEffect(() => void loadPlot().then((loaded) => setPlot(() => loaded), () => setPlot('failed')), []);
  if (Plot === undefined) return null;
  if (Plot === 'failed') return <p className="quiet">Charts cannot be drawn in this browser.</p>;
  return <div className="house-charts">{charts.map((chart) => <HouseChart key={chart.title} Plot={Plot} chart={chart} points={points} />)}</div>;
}

function HouseChart({ Plot, chart, points }: { readonly Plot: typeof uPlot; readonly chart: Chart; readonly points: readonly SeriesPoint[] }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const data = useMemo((): uPlot.AlignedData => [points.map(({ at }) => Date.parse(at) / 1000), ...chart.lines.map(({ of }) => points.map(of))], [chart, points]);
  const latest = useRef(data);

  // Before the chart is drawn, which takes it from there.
  useEffect(() => {
    latest.current = data;
    plot.current?.setData(data);
  }, [data]);

  useEffect(() => {
    const target = place.current;
    if (target === null) return undefined;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new Plot(optionsOf(chart, target.clientWidth), latest.current, target);
    };
    draw();
    // Width and colours are the page's own.
    const sized = new ResizeObserver(() => plot.current?.setSize({ width: target.clientWidth, height: chartHeight }));
    sized.observe(target);
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      sized.disconnect();
      themed.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [Plot, chart]);

  return (
    <figure className="panel house-chart" aria-label={describe(chart, points)}>
      <figcaption>{chart.title}</figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}

function optionsOf({ lines, show }: Chart, width: number): uPlot.Options {
  const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = { stroke: colour('--text-quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line'), width: 1 } };
  return {
    width,
    height: chartHeight,
    cursor: { y: false },
    scales: { y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
    axes: [axis, { ...axis, size: 56, values: (_plot, values) => values.map(show) }],
    series: [{ value: '{YYYY}-{MM}-{DD} {HH}:{mm}' }, ...lines.map(({ label, colour: name, dash }) => ({ label, stroke: colour(name), width: 2, spanGaps: false, value: (_plot: uPlot, value: number | null) => (value === null ? '–' : show(value)), points: { show: true, size: 4 }, ...(dash === undefined ? {} : { dash }) }))],
  };
}

/** For whoever cannot see it: the last figure of each line. */
function describe({ title, lines, show }: Chart, points: readonly SeriesPoint[]): string {
  const last = lines.map(({ label, of }) => {
    const value = points.map(of).findLast((one) => one !== null);
    return `${label} ${value === undefined || value === null ? 'not known yet' : show(value)}`;
  });
  return `${title}: ${last.join(', ')}`;
}
