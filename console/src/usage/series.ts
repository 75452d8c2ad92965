// Usage as it is plotted and tabled: a column for each thing counted, a row for each hour or day.
import { STEP_MS, type Range } from './range.ts';

/** An hour or day as the API tells it; those without any use may be left out. */
export interface Slot {
  at: string;
  inits: number;
  chats: number;
  refused: Record<string, number>;
  messages: number;
  tokensIn: number;
  tokensOut: number;
}

export interface Series {
  /** The beginning of each slot, in Unix seconds. */
  times: number[];
  counts: Record<'inits' | 'chats' | 'messages' | 'tokensIn' | 'tokensOut', number[]>;
  /** By reason, the most frequent first; a reason that never occurred isn't there. */
  refused: [reason: string, counts: number[]][];
}

export function series(usage: Slot[], { from, to, by }: Range): Series {
  const size = STEP_MS[by];
  const start = Math.floor(from.getTime() / size) * size;
  const length = Math.max(0, Math.ceil((to.getTime() - start) / size));
  const found = new Map(usage.map((slot) => [Math.floor(Date.parse(slot.at) / size), slot]));
  const slots = Array.from({ length }, (_, at) => found.get(start / size + at));
  const column = (count: (slot: Slot) => number | undefined) => slots.map((slot) => (slot && count(slot)) ?? 0);

  const reasons = [...new Set(usage.flatMap(({ refused }) => Object.keys(refused)))];
  const refused = reasons
    .map((reason): [string, number[]] => [reason, column((slot) => slot.refused[reason])])
    .filter(([, counts]) => sum(counts) > 0)
    .sort(([, a], [, b]) => sum(b) - sum(a));
  return {
    times: slots.map((_, at) => (start + at * size) / 1000),
    counts: {
      inits: column(({ inits }) => inits),
      chats: column(({ chats }) => chats),
      messages: column(({ messages }) => messages),
      tokensIn: column(({ tokensIn }) => tokensIn),
      tokensOut: column(({ tokensOut }) => tokensOut),
    },
    refused,
  };
}

export function sum(counts: number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
