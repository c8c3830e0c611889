/** Draws peaks as bars around a centre line, with what was heard in the accent colour, a playhead and a ruler of seconds. */
import type { WaveformPeaks } from '../audio/waveform-peaks.ts';

export type WaveformColours = { readonly played: string; readonly ahead: string; readonly empty: string; readonly ruler: string; readonly head: string };

export type WaveformDrawing = {
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
  readonly colours: WaveformColours;
  readonly peaks: WaveformPeaks | undefined;
  readonly receivedSeconds: number;
  readonly positionSeconds: number;
  /** What the whole width stands for. */
  readonly spanSeconds: number;
};

const bar = 3;
const pitch = 5;
const rulerHeight = 20;

export function readColours(element: Element): WaveformColours {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return { played: read('--accent'), ahead: read('--wave-ahead'), empty: read('--wave-empty'), ruler: read('--text-quiet'), head: read('--text') };
}

export function drawWaveform(canvas: HTMLCanvasElement, drawing: WaveformDrawing): void {
  const { width, height, pixelRatio } = drawing;
  const pixelWidth = Math.round(width * pixelRatio);
  const pixelHeight = Math.round(height * pixelRatio);
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  const context = canvas.getContext('2d');
  if (!context) return;
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.clearRect(0, 0, width, height);
  drawBars(context, drawing);
  if (drawing.receivedSeconds === 0) return;
  drawRuler(context, drawing);
  drawPlayhead(context, drawing);
}

function drawBars(context: CanvasRenderingContext2D, { width, height, colours, peaks, receivedSeconds, positionSeconds, spanSeconds }: WaveformDrawing): void {
  const count = Math.max(1, Math.floor((width + pitch - bar) / pitch));
  const columns = peaks?.columns(count, spanSeconds) ?? new Float32Array(count);
  const middle = (height - rulerHeight) / 2;
  const room = middle - 2;
  for (let column = 0; column < count; column++) {
    const seconds = (column / count) * spanSeconds;
    const received = seconds < receivedSeconds;
    const reach = received ? Math.max(1.5, Math.min(1, columns[column]!) * room) : 1.5;
    context.fillStyle = !received ? colours.empty : seconds < positionSeconds ? colours.played : colours.ahead;
    context.beginPath();
    context.roundRect(column * pitch, middle - reach, bar, reach * 2, bar / 2);
    context.fill();
  }
}

function drawRuler(context: CanvasRenderingContext2D, { width, height, colours, spanSeconds }: WaveformDrawing): void {
  const steps = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300];
  const step = steps.find((seconds) => (seconds / spanSeconds) * width >= 64) ?? 600;
  context.fillStyle = colours.ruler;
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'bottom';
  for (let mark = 0; mark <= spanSeconds; mark += step) {
    const x = (mark / spanSeconds) * width;
    const label = `${Math.floor(mark / 60)}:${String(Math.floor(mark % 60)).padStart(2, '0')}${step < 1 && mark % 1 !== 0 ? '.5' : ''}`;
    if (x + context.measureText(label).width > width) break;
    context.fillText(label, x, height);
  }
}

function drawPlayhead(context: CanvasRenderingContext2D, { width, height, colours, positionSeconds, spanSeconds }: WaveformDrawing): void {
  const x = Math.min(width - 2, (positionSeconds / spanSeconds) * width);
  context.fillStyle = colours.head;
  context.beginPath();
  context.roundRect(x, 0, 2, height - rulerHeight, 1);
  context.fill();
}
