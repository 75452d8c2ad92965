// What a stored message shows: its texts, pictures and files, in their order.
import { isInline, remotePicture } from './links.ts';

export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'reasoning'; text: string }
  | { kind: 'picture'; source: string }
  | { kind: 'remote-picture'; address: string }
  | { kind: 'file'; name: string; type: string };

/** `content` is a text or parts as they were sent; `displayContent` is what the page showed in place of it, if set. */
export interface Stored {
  content?: unknown;
  displayContent?: string | null;
}

/** What was said: that is what a model hears. */
export function pieces({ content }: Stored): Piece[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  return Array.isArray(content) ? content.map(piece) : [];
}

/** What the page showed in place of it, or null where that is no other text. */
export function shownInstead({ content, displayContent }: Stored): string | null {
  if (typeof displayContent !== 'string' || displayContent === '') return null;
  const texts = pieces({ content }).map((piece) => (piece.kind === 'text' ? piece.text : ''));
  const isTheSame = ['', '\n', '\n\n'].some((gap) => texts.filter(Boolean).join(gap).trim() === displayContent.trim());
  return isTheSame ? null : displayContent;
}

function piece(part: unknown): Piece {
  const { type, ...fields } = (part ?? {}) as Record<string, unknown>;
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '');
  if (type === 'text') return { kind: 'text', text: text('text') };
  if (type === 'reasoning') return { kind: 'reasoning', text: text('text') };
  if (type === 'image') return picture(text('image'), text('mimeType'));
  if (type === 'file') return { kind: 'file', name: text('filename') || 'file', type: text('mimeType') };
  // A kind that a later version stores: better seen in its raw form than missed.
  return { kind: 'text', text: JSON.stringify(part) };
}

/** `image` is an address, or base64 alone, whose type then stands beside it. */
function picture(image: string, type: string): Piece {
  const source = /^[^:]+$/.test(image) ? `data:${type || 'image/png'};base64,${image}` : image;
  if (isInline(source)) return { kind: 'picture', source };
  const address = remotePicture(image);
  return address ? { kind: 'remote-picture', address } : { kind: 'file', name: 'picture', type: type || 'unknown' };
}
