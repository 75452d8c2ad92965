// Which addresses of a transcript may become links or pictures. What a visitor or a model wrote is a stranger's text.

const LINKS = new Set(['http:', 'https:', 'mailto:', 'tel:']);
const PICTURES = /^data:image\/(png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]+$/;
const MAX_LENGTH = 2_048;

/** The address to link to, or null where following it could do something else than open a page or a mail. */
export function linkTo(href: string): string | null {
  const url = absolute(href);
  return url && LINKS.has(url.protocol) ? url.href : null;
}

/** Whether a picture is in the text itself: showing it asks no other host, and it can hold no script. */
export function isInline(source: string): boolean {
  return PICTURES.test(source);
}

/** The address of a picture on another host, to be loaded only when asked for; null if it isn't one. */
export function remotePicture(source: string): string | null {
  const url = absolute(source);
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null;
}

/** Relative addresses meant the page that the chat was on, which isn't known any more. */
function absolute(href: string): URL | null {
  if (href.length > MAX_LENGTH || !URL.canParse(href)) return null;
  const url = new URL(href);
  // A name before the host is only ever there to look like another host.
  return url.username || url.password ? null : url;
}
