// An export: what its request asks for, and its answer, which is long and counts only when it is whole.
import { Refusal } from '../api/refusal.ts';

export interface Wish {
  /** Days such as `2026-01-31`, both included; empty for no bound. */
  from: string;
  to: string;
  flow_id: string;
  userId: string;
}

/** The query: `to` of the API is the moment after the last one wanted. */
export function query({ from, to, flow_id, userId }: Wish): string {
  const members = new URLSearchParams();
  if (from) members.set('from', midnight(from, 0));
  if (to) members.set('to', midnight(to, 1));
  if (flow_id.trim()) members.set('flow_id', flow_id.trim());
  if (userId.trim()) members.set('userId', userId.trim());
  const text = members.toString();
  return text && `?${text}`;
}

function midnight(day: string, later: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + later * 86_400_000).toISOString();
}

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** The whole of a streamed answer. One that breaks off is a refusal: half an export would look like a whole one. */
export async function whole({ body }: Response, told: (bytes: number) => void): Promise<Blob> {
  const pieces: Blob[] = [];
  let bytes = 0;
  try {
    const reader = body?.getReader();
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      pieces.push(new Blob([read.value]));
      told((bytes += read.value.byteLength));
    }
  } catch {
    throw new Refusal(0, { error: 'The export broke off, and nothing was saved.', hint: 'Try again, or export fewer days at once.' });
  }
  return new Blob(pieces, { type: 'application/x-ndjson' });
}
