// Which page is shown: the address behind `#`, so that nothing of it reaches a server.
import { Store, useStore } from './store';

export interface Place {
  /** Such as `/tokens/ct_…`. */
  path: string;
  query: URLSearchParams;
}

export const HOME = '/tokens';

function read(): Place {
  const text = location.hash.slice(1) || HOME;
  const at = text.indexOf('?');
  const path = at < 0 ? text : text.slice(0, at);
  return { path, query: new URLSearchParams(at < 0 ? '' : text.slice(at + 1)) };
}

const place = new Store<Place>(read());
addEventListener('hashchange', () => {
  place.value = read();
});

export const usePlace = (): Place => useStore(place);

/** Goes to a page; `replaces` leaves no way back to the present one. */
export function go(path: string, { replaces = false } = {}): void {
  if (replaces) location.replace(`#${path}`);
  else location.hash = path;
}

/** Writes query members into the present address without leaving the page; null and '' take a member away. */
export function setQuery(members: Record<string, string | null>): void {
  const { path, query } = place.value;
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(members)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const text = next.toString();
  history.replaceState(null, '', `#${path}${text && `?${text}`}`);
  place.value = read();
}

/** The parameters of a path that fits a pattern such as `/tokens/:id`, else null. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at] ?? '';
    if (!part.startsWith(':')) {
      if (part !== value) return null;
    } else if (!value) {
      return null;
    } else {
      params[part.slice(1)] = decoded(value);
    }
  }
  return params;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
