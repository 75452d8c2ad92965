// The stretches of time that usage is shown for, in whole hours or days of UTC, as the API counts.

export type Step = 'hour' | 'day';

export interface Range {
  from: Date;
  to: Date;
  by: Step;
}

export const STEP_MS: Record<Step, number> = { hour: 3_600_000, day: 86_400_000 };

/** What can be chosen, in days; by the hour it is as many points as a plot can still tell apart. */
export const DAYS = [1, 7, 30, 90] as const;
export const MAX_DAYS_BY_HOUR = 30;

/** The last `days` days, the present hour or day included; a long stretch is shown by the day whatever was asked. */
export function lastDays(days: number, by: Step, now: Date): Range {
  const step = days > MAX_DAYS_BY_HOUR ? 'day' : by;
  const size = STEP_MS[step];
  const to = (Math.floor(now.getTime() / size) + 1) * size;
  return { from: new Date(to - days * STEP_MS.day), to: new Date(to), by: step };
}
