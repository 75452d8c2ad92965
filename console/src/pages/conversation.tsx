// A conversation as its visitor saw it, with what they thought of it; deleted from here.
import { api, ask, type Schemas } from '../api/client';
import { useLoad, useRows } from '../api/load';
import { titleOf } from '../conversations/title.ts';
import { go } from '../router';
import type { PageProps } from '../routes';
import { MessageItem, type Message } from '../transcript/message';
import { confirm } from '../ui/confirm';
import { LoadedRows } from '../ui/loaded';
import { notify } from '../ui/notices';
import { Page, Section } from '../ui/page';
import { Badge, Time, counted } from '../ui/text';
import { useState } from 'preact/hooks';

type Found = Schemas['ConversationFound']['conversation'];

/** As long as a heading may be. */
const TITLE = 80;

export function ConversationPage({ params: { tokenId = '', conversationId = '' } }: PageProps) {
  const path = { id: tokenId, conversationId };
  const [found, setFound] = useState<Found>();
  const rows = useRows<Message>(async (cursor) => {
    const call = api.GET('/v1/client-tokens/{id}/conversations/{conversationId}', { params: { path, query: { cursor } } });
    const { conversation, pagination } = await ask(call);
    setFound(conversation);
    return { rows: conversation.messages as Message[], next: pagination.nextCursor ?? undefined };
  }, [tokenId, conversationId]);
  const back = `/tokens/${tokenId}?tab=conversations`;
  const remove = async () => {
    const isDone = await confirm({
      title: 'Delete this conversation?',
      body: <p>Its messages and the feedback on them are erased at once, and nothing brings them back. A visitor who is still in it can't go on writing in it.</p>,
      action: 'Delete conversation',
      isDanger: true,
      run: () => ask(api.DELETE('/v1/client-tokens/{id}/conversations/{conversationId}', { params: { path } })),
    });
    if (!isDone) return;
    notify('Conversation deleted.');
    go(back, { replaces: true });
  };
  const title = found ? titleOf(found) : 'Conversation';
  return (
    <Page
      title={title.length > TITLE ? `${title.slice(0, TITLE)}…` : title}
      back={{ href: `#${back}`, label: 'Conversations' }}
      actions={found && <button type="button" class="danger" onClick={remove}>Delete…</button>}
    >
      {found && <Facts conversation={found} />}
      <LoadedRows rows={rows}>
        {(messages) => (
          <ol class="transcript" aria-label="Messages, the oldest first">
            {messages.map((message) => <MessageItem key={message.id} message={message} />)}
          </ol>
        )}
      </LoadedRows>
      {found && <FeedbackSection tokenId={tokenId} conversationId={conversationId} />}
    </Page>
  );
}

function Facts({ conversation: { createdAt, updatedAt, flowId, origin, userId, messageCount } }: { conversation: Found }) {
  return (
    <dl class="facts">
      <dt>Begun</dt><dd><Time at={createdAt} /></dd>
      <dt>Last message</dt><dd><Time at={updatedAt} /></dd>
      <dt>Length</dt><dd>{counted(messageCount, 'message')}</dd>
      <dt>Target</dt><dd>{flowId ? <code>{flowId}</code> : 'None'}</dd>
      <dt>Origin</dt><dd>{origin ? <bdi class="code">{origin}</bdi> : 'None'}</dd>
      <dt>Person</dt><dd>{userId ? <bdi class="code">{userId}</bdi> : 'Unknown'}</dd>
    </dl>
  );
}

/** The API lists the feedback of a whole token: this is how far back it is searched for that of one conversation. */
const FEEDBACK_ROWS = 300;

const KINDS: Record<Schemas['Feedback']['type'], string> = {
  upvote: 'Liked an answer', downvote: 'Disliked an answer', copy: 'Copied an answer', csat: 'Satisfaction, of 5', nps: 'Would recommend, of 10',
};

function FeedbackSection({ tokenId, conversationId }: { tokenId: string; conversationId: string }) {
  const load = useLoad(() => feedbackOf(tokenId, conversationId), [tokenId, conversationId]);
  if (!load.data?.length) return null;
  return (
    <Section title="Feedback">
      <ul class="feedback">
        {load.data.map(({ id, type, rating, comment, createdAt }) => (
          <li key={id}>
            <p>{KINDS[type]}{rating !== null && <>: <Badge>{rating}</Badge></>} <Time at={createdAt} /></p>
            {comment && <blockquote dir="auto">{comment}</blockquote>}
          </li>
        ))}
      </ul>
    </Section>
  );
}

async function feedbackOf(id: string, conversationId: string): Promise<Schemas['Feedback'][]> {
  const found: Schemas['Feedback'][] = [];
  for (let offset = 0; offset < FEEDBACK_ROWS; offset += 100) {
    const call = api.GET('/v1/client-tokens/{id}/feedback', { params: { path: { id }, query: { limit: 100, offset } } });
    const { feedback, pagination } = await ask(call);
    found.push(...feedback.filter((given) => given.conversationId === conversationId));
    if (!pagination.hasMore) break;
  }
  return found;
}
