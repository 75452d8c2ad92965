// Draws columns of counts over time. What it shows stands in a table below it, too: a picture says nothing to some.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface Line {
  label: string;
  counts: number[];
}

interface Props {
  title: string;
  times: number[];
  lines: Line[];
}

const HEIGHT = 240;
/** Of the design's tokens, in the order of the lines; there are as many as lines at the most. */
const COLOURS = ['--plot-1', '--plot-2', '--plot-3', '--plot-4', '--plot-5', '--plot-6', '--plot-7', '--plot-8'];
export const MAX_LINES = COLOURS.length;

export function Plot({ title, times, lines }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let plot = draw(element, times, lines);
    const redraw = () => {
      plot.destroy();
      plot = draw(element, times, lines);
    };
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    scheme.addEventListener('change', redraw);
    watcher.observe(element);
    return () => {
      scheme.removeEventListener('change', redraw);
      watcher.disconnect();
      plot.destroy();
    };
  }, [times, lines]);
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <div ref={box} aria-hidden="true" />
    </figure>
  );
}

function draw(box: HTMLElement, times: number[], lines: Line[]): uPlot {
  const style = getComputedStyle(box);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--plot-text'),
    grid: { stroke: colour('--plot-grid'), width: 1 },
    ticks: { stroke: colour('--plot-grid'), width: 1 },
    font: `12px ${style.fontFamily}`,
  };
  return new uPlot(
    {
      width: box.clientWidth,
      height: HEIGHT,
      scales: { y: { range: (_, __, most) => [0, Math.max(most * 1.1, 4)] } },
      axes: [axis, { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? short(tick) : '')) }],
      cursor: { drag: { x: false, y: false } },
      series: [
        { value: '{YYYY}-{MM}-{DD} {HH}:{mm}' },
        ...lines.map(({ label }, at) => {
          const stroke = colour(COLOURS[at % MAX_LINES] ?? '--plot-1');
          return { label, stroke, width: 2, fill: lines.length === 1 ? `${stroke}22` : undefined, points: { show: times.length < 40 } };
        }),
      ],
    },
    [times, ...lines.map(({ counts }) => counts)],
    box,
  );
}

const SHORT = new Intl.NumberFormat(undefined, { notation: 'compact' });
const short = (number: number) => SHORT.format(number);
