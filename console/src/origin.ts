// What is wrong with an entry of `allowedOrigins`, told while it is typed, and whom a right one admits (contract
// section 5). Only the shape is checked; the API has the last word.

const SCHEME = /^[a-z][a-z0-9+.-]*$/i;
const LONGEST_HOST = 253;
const LONGEST_LABEL = 63;

interface Parts {
  scheme: string | null;
  isWildcard: boolean;
  host: string;
  port: string | null;
}

/** The fault of an entry, or undefined. */
export function originFault(entry: string): string | undefined {
  const parts = read(entry.trim());
  return typeof parts === 'string' ? parts : undefined;
}

/** Whom a right entry admits, where that isn't plain from the entry itself. */
export function originMeaning(entry: string): string | undefined {
  const text = entry.trim().toLowerCase();
  if (text === '*') return 'Every web page may use the token, sandboxed pages and local files too.';
  if (text === 'native') return 'Only requests without an Origin: apps and servers.';
  const parts = read(text);
  if (!parts || typeof parts === 'string') return undefined;
  const { scheme, isWildcard, host, port } = parts;
  if (scheme && !isWildcard) return undefined;
  const whom = isWildcard ? `Every subdomain of ${host}, not ${host} itself` : host;
  return `${whom}, ${scheme ? `with ${scheme}` : 'with http and https'}${port || scheme ? '' : ', at any port'}.`;
}

/** The parts of an entry, null for one that names no host, or its fault. */
function read(entry: string): Parts | null | string {
  if (!entry) return 'It is empty; write an origin such as https://app.example.com.';
  if (/[\s\p{Cc}]/u.test(entry)) return 'Remove the white space inside it; one entry holds one origin.';
  if (/^(\*|native)$/i.test(entry)) return null;
  if (/^null$/i.test(entry)) return 'null can\'t be listed, since any sandboxed page or local file sends it.';
  const split = schemeOf(entry);
  if (typeof split === 'string') return split;
  const [scheme, rest] = split;
  const authority = /^[^/\\?#]*/.exec(rest)?.[0] ?? '';
  const fault = tailFault(authority, rest.slice(authority.length));
  if (fault) return fault;
  if (authority.includes('@')) return 'Remove the user name or password and the @.';
  const isWildcard = authority.startsWith('*.');
  const place = hostAndPort(isWildcard ? authority.slice(2) : authority);
  if (typeof place === 'string') return place;
  return hostFault(place.host, isWildcard) ?? { scheme, isWildcard, ...place };
}

function schemeOf(entry: string): [string | null, string] | string {
  const at = entry.indexOf(':');
  if (at < 0) return [null, entry];
  const [name, after] = [entry.slice(0, at), entry.slice(at + 1)];
  const isWeb = /^https?$/i.test(name);
  if (isWeb) return after.startsWith('//') ? [name.toLowerCase(), after.slice(2)] : 'Write // after the scheme, as in https://example.com.';
  const isScheme = SCHEME.test(name) && (after.startsWith('//') || (!name.includes('.') && /^[a-z]/i.test(after)));
  if (isScheme || (name === '*' && after.startsWith('//'))) return `Only http and https are allowed, not ${name}:.`;
  return [null, entry];
}

function tailFault(authority: string, tail: string): string | undefined {
  if (!authority) return 'The host is missing; write an origin such as https://app.example.com.';
  if (tail === '' || tail === '/') return undefined;
  if (/^[^?#]*\\/.test(tail)) return 'Remove the backslash.';
  const path = /^[^?#]*/.exec(tail)?.[0] ?? '';
  if (path.length > 1) return `Remove the path ${path}`;
  return 'Remove the ? or # and what follows it.';
}

function hostAndPort(authority: string): { host: string; port: string | null } | string {
  const [, host = '', , port = null] = /^(\[[^\]]*\]|[^:]*)(:(.*))?$/.exec(authority) ?? [];
  if (!host) return authority.includes('[') ? 'Write an IPv6 address in brackets, such as [2001:db8::1].' : 'The host is missing before the port.';
  if (port?.includes(':')) return 'Write an IPv6 address in brackets, such as [2001:db8::1].';
  if (port !== null && !(/^[1-9]\d{0,4}$/.test(port) && Number(port) < 65_536)) {
    return `The port ${port} is not a number from 1 to 65535.`;
  }
  return { host, port };
}

function hostFault(host: string, isWildcard: boolean): string | undefined {
  if (host.startsWith('[')) {
    if (isWildcard) return 'An IP address has no subdomains.';
    return /^\[[0-9a-f:.]+\]$/i.test(host) ? undefined : 'Write an IPv6 address in brackets and without a zone, such as [2001:db8::1].';
  }
  if (host.includes('*')) return '* stands only before the first dot, as in https://*.example.com, or alone.';
  if (/[^\x00-\x7f]/.test(host)) return 'Write the host as browsers send it, in ASCII: xn--bcher-kva.example for bücher.example.';
  const [strange] = /[^a-z0-9._-]/i.exec(host) ?? [];
  if (strange) return `A host name has no ${strange}`;
  return labelFault(host, host.split('.'), isWildcard);
}

function labelFault(host: string, labels: string[], isWildcard: boolean): string | undefined {
  if (host.endsWith('.')) return 'Remove the dot at the end of the host.';
  if (labels.includes('')) return 'Remove the extra dot.';
  if (host.length > LONGEST_HOST || labels.some(({ length }) => length > LONGEST_LABEL)) {
    return 'A host has at most 253 characters, and 63 between two dots.';
  }
  if (/^(\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? '')) {
    const isAddress = labels.length === 4 && labels.every((label) => /^(0|[1-9]\d{0,2})$/.test(label) && Number(label) < 256);
    if (!isAddress) return 'A host that ends in a number must be an IPv4 address, such as 127.0.0.1.';
    return isWildcard ? 'An IP address has no subdomains.' : undefined;
  }
  return isWildcard && labels.length === 1 ? '* needs at least two labels after it, as in *.example.com.' : undefined;
}
