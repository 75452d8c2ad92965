// What somebody should know before an origin is allowed. The API warns too, but only once the change is made.

/** What admitting an entry means beyond its own page, a sentence each; the API's warnings have the last word. */
export function cautions(entry: string, environment: 'test' | 'live'): string[] {
  if (entry === '*') return ['Every page of every site will be able to use this token.'];
  if (entry === 'native') {
    return ['Requests without an origin are those of apps and servers: any program can send one, so only limits guard the token from them.'];
  }
  const { protocol, hostname } = new URL(entry.includes('://') ? entry : `https://${entry}`);
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost') || hostname.startsWith('127.') || hostname === '[::1]';
  if (isLocal && environment === 'live') {
    return ['This is the visitor\u2019s own machine: every program there that serves pages will be able to use this live token.'];
  }
  if (isLocal || protocol === 'https:') return [];
  return ['Pages over http can be changed on their way: whoever does that can use the token in them.'];
}
