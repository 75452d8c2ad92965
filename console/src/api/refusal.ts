// How the API says no (contract section 9), as the console shows it.
import { etagOf } from './etag.ts';

export interface Detail {
  message: string;
  path?: string;
  code?: string;
  suggestion?: string;
}

/** The message without the path that it begins with, where the path is plain from the place it is shown at. */
export function messageOf({ message, path }: Detail): string {
  return path && message.startsWith(`${path} `) ? message.slice(path.length + 1) : message;
}

export class Refusal extends Error {
  readonly status: number;
  readonly hint?: string;
  readonly code?: string;
  readonly details: Detail[];
  readonly requestId?: string;
  /** The present version of what was to be edited, with a 412. */
  readonly etag?: string;

  constructor(status: number, body: unknown, headers = new Headers()) {
    const { error, hint, code, details } = isObject(body) ? body : {};
    super(typeof error === 'string' ? error : `The API answered with status ${status}.`);
    this.status = status;
    this.hint = typeof hint === 'string' ? hint : waiting(headers.get('Retry-After'));
    this.code = typeof code === 'string' ? code : undefined;
    this.details = Array.isArray(details) ? details.filter(isDetail) : [];
    this.requestId = headers.get('X-Request-Id') ?? undefined;
    this.etag = etagOf(headers);
  }
}

/** Whatever was thrown, as a refusal: a request that had no answer has the status 0. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const hint = 'Check the connection, then try again.';
  return new Refusal(0, { error: 'The API could not be reached.', hint });
}

function waiting(seconds: string | null): string | undefined {
  return seconds ? `Try again in ${seconds} seconds.` : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isDetail(value: unknown): value is Detail {
  return isObject(value) && typeof value.message === 'string';
}
