// Draws columns of counts over time. What it shows stands in a table below it, too: a picture says nothing to some.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { count } from '../ui/text';
import type { Step } from './range.ts';
import { moment } from './words.ts';

export interface Line {
  label: string;
  counts: number[];
}

interface Props {
  title: string;
  by: Step;
  times: number[];
  lines: Line[];
}

const HEIGHT = 240;
/** Of the design's tokens, in the order of the lines; there are as many as lines at the most. */
const COLOURS = ['--plot-1', '--plot-2', '--plot-3', '--plot-4', '--plot-5', '--plot-6', '--plot-7', '--plot-8'];
export const MAX_LINES = COLOURS.length;

export function Plot({ title, by, times, lines }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let plot = draw(element, by, times, lines);
    const redraw = () => {
      plot.destroy();
      plot = draw(element, by, times, lines);
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
  }, [by, times, lines]);
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <div ref={box} aria-hidden="true" />
    </figure>
  );
}

function draw(box: HTMLElement, by: Step, times: number[], lines: Line[]): uPlot {
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
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      axes: [{ ...axis, incrs: STEPS[by], values: (_, ticks) => ticks.map(tickName) }, { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? short(tick) : '')) }],
      cursor: { drag: { x: false, y: false } },
      series: [
        { label: 'Time', value: (_, time) => (time === null ? '' : moment(time, by)) },
        ...lines.map(({ label }, at) => {
          const stroke = colour(COLOURS[at % MAX_LINES] ?? '--plot-1');
          const value = (_: uPlot, number: number | null) => (number === null ? '' : count(number));
          return { label, stroke, value, width: 2, fill: lines.length === 1 ? `${stroke}22` : undefined, points: { show: times.length < 40 } };
        }),
      ],
    },
    [times, ...lines.map(({ counts }) => counts)],
    box,
  );
}

/** Between two names on the time axis, in seconds: whole slots. */
const STEPS: Record<Step, number[]> = {
  hour: [1, 2, 3, 6, 12, 24, 48, 168].map((hours) => hours * 3_600),
  day: [1, 2, 7, 14, 28].map((days) => days * 86_400),
};

const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' });
const tickName = (time: number) => (time % 86_400 === 0 ? DAY.format(time * 1000) : new Date(time * 1000).toISOString().slice(11, 16));

const SHORT = new Intl.NumberFormat(undefined, { notation: 'compact' });
const short = (number: number) => SHORT.format(number);
