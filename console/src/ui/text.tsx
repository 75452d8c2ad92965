// Small pieces of text: times, states, counts.
import type { ComponentChildren } from 'preact';

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const NUMBER = new Intl.NumberFormat();

/** A moment in the reader's own time zone; the exact one is its title. */
export function Time({ at, never = 'Never' }: { at?: string | null; never?: string }) {
  if (!at) return <span class="minor">{never}</span>;
  return <time dateTime={at} title={at}>{MOMENT.format(new Date(at))}</time>;
}

export const count = (number: number): string => NUMBER.format(number);

/** "1 message", "2 messages". */
export const counted = (number: number, one: string, many = `${one}s`): string => `${count(number)} ${number === 1 ? one : many}`;

export type Tone = 'good' | 'bad' | 'warn' | 'plain';

export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}
