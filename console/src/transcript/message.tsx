// One message of a transcript, as it was said; where the page showed something else, that too.
import { useState } from 'preact/hooks';
import { Badge, Time, counted } from '../ui/text';
import { Formatted, Outward } from './formatted';
import { pieces, shownInstead, type Piece } from './pieces.ts';

export interface Message {
  id: string;
  role: 'user' | 'assistant';
  content?: unknown;
  displayContent: string | null;
  status: 'complete' | 'partial';
  createdAt: string;
  /** The kinds of feedback given on it. */
  feedback?: string[];
}

/** What is longer is cut until asked for: it would push the rest of the transcript out of sight. */
const FOLDED = 4_000;

const VOTES: Record<string, string> = { upvote: 'Liked', downvote: 'Disliked', copy: 'Copied', csat: 'Rated', nps: 'Rated' };

export function MessageItem({ message }: { message: Message }) {
  const { role, status, createdAt, feedback = [] } = message;
  const [said, shown] = [pieces(message), shownInstead(message)];
  return (
    <li class={`message ${role}`}>
      <p class="message-head">
        <strong>{role === 'user' ? 'Visitor' : 'Assistant'}</strong>
        <Time at={createdAt} />
        {status === 'partial' && <Badge tone="warn">Broke off</Badge>}
        {[...new Set(feedback)].map((kind) => <Badge key={kind}>{VOTES[kind] ?? kind}</Badge>)}
      </p>
      {shown !== null && <p class="bubble-label">{role === 'user' ? 'What the model heard' : 'What was answered'}</p>}
      <div class="bubble" dir="auto">
        {said.length ? said.map((piece, at) => <Shown key={at} piece={piece} role={role} />) : <span class="minor">No text</span>}
      </div>
      {shown !== null && (
        <>
          <p class="bubble-label">What the page showed instead</p>
          <div class="bubble" dir="auto"><Text text={shown} /></div>
        </>
      )}
    </li>
  );
}

function Shown({ piece, role }: { piece: Piece; role: Message['role'] }) {
  switch (piece.kind) {
    case 'text':
      return <Text text={piece.text} />;
    case 'reasoning':
      return <details><summary>Reasoning</summary><Text text={piece.text} /></details>;
    case 'picture':
      return <img class="attached" src={piece.source} alt={role === 'user' ? 'Picture that the visitor sent' : 'Picture in the answer'} />;
    case 'remote-picture':
      return <p><Outward href={piece.address}>Picture at {new URL(piece.address).host}</Outward></p>;
    case 'file':
      return <p class="file">File: {piece.name} <span class="minor">{piece.type}</span></p>;
  }
}

function Text({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(text.length <= FOLDED);
  if (isWhole) return <Formatted text={text} />;
  return (
    <>
      <div class="formatted plain">{text.slice(0, FOLDED)}…</div>
      <button type="button" onClick={() => setWhole(true)}>Show all, {counted(text.length, 'character')}</button>
    </>
  );
}
