// Opening a session the usual way: a hashed token that is looked up with its flow, then a row for the session.
// It does no more than it must: it asks no limiter and records no last use, though the Worker does both.
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { sha256 } from './sha256.mjs';

export const page = new Hono();

page.use(cors());

const FIND = `select t.*, f.id as flow_id, f.name as flow_name, f.description as flow_description
from client_tokens t
left join targets f
  on f.tenant_id = t.tenant_id and f.id = coalesce(?2, t.default_flow_id, t.flow_ids ->> 0, t.agent_ids ->> 0)
where t.token_digest = ?1 and t.deleted_at is null`;

page.post('/init', async (c) => {
  const { DB } = c.env;
  const body = await c.req.json().catch(() => null);
  if (typeof body?.token !== 'string') return c.json({ error: 'Invalid request body' }, 400);
  const wanted = body.flowId ?? null;
  const token = await DB.prepare(FIND).bind(await sha256(body.token), wanted).first();
  if (!token || !body.token.startsWith(`ct_${token.environment}_`)) {
    return c.json({ error: 'Invalid client token', hint: 'The token in this page is unknown here.' }, 401);
  }
  const origin = c.req.header('Origin');
  if (!JSON.parse(token.allowed_origins).includes(origin)) return c.json({ error: 'Origin not allowed' }, 403);
  if (token.is_active !== 1) return c.json({ error: 'Client token is inactive' }, 403);

  if (wanted && ![...JSON.parse(token.flow_ids), ...JSON.parse(token.agent_ids)].includes(wanted)) {
    return c.json({ error: 'flow not allowed' }, 400);
  }
  if (!token.flow_id) return c.json({ error: 'Flow not found' }, 404);

  const session = newSession(token, origin);
  const places = Object.keys(session).fill('?').join(', ');
  await DB.prepare(`insert into page_sessions (${Object.keys(session).join(', ')}) values (${places})`)
    .bind(...Object.values(session))
    .run();
  return c.json(view(session, token));
});

function newSession(token, origin) {
  const now = Date.now();
  return {
    id: `cs_${crypto.randomUUID()}`,
    client_token_id: token.id,
    conversation_id: `conv_${crypto.randomUUID()}`,
    target_id: token.flow_id,
    origin,
    created_at: now,
    expires_at: now + (token.session_idle_timeout_minutes ?? 1440) * 60_000,
  };
}

function view(session, token) {
  const config = JSON.parse(token.config);
  return {
    sessionId: session.id,
    expiresAt: new Date(session.expires_at).toISOString(),
    flow: { id: token.flow_id, name: token.flow_name, description: token.flow_description },
    targetId: session.target_id,
    conversationId: session.conversation_id,
    conversationRevision: '0',
    config: {
      welcomeMessage: config.welcomeMessage ?? null,
      placeholder: config.placeholder ?? 'Type your message...',
      theme: config.theme ?? null,
    },
  };
}
