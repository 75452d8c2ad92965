// The same endpoints the usual way: Hono, a hashed key that is looked up, then one query after another.
// Since the Worker is compared with it, it does no more than it must, and derives no token values.
import { Hono } from 'hono';
import { page } from './hono-page.mjs';
import { sha256 } from './sha256.mjs';

const app = new Hono();

const COLUMNS_OF_NEW = `id, tenant_id, environment, signing_key_id, name, flow_ids, default_flow_id, agent_ids,
  allowed_origins, pin_to_version, product_surface_id, target_alias, target_version_id, rate_limit_per_minute,
  rate_limit_per_hour, max_messages_per_session, session_idle_timeout_minutes, config, created_at, updated_at`;

// Before the rest, which wants an API key.
app.route('/v1/client', page);

app.use('/v1/*', async (c, next) => {
  const [, key] = /^Bearer (.+)$/i.exec(c.req.header('Authorization') ?? '') ?? [];
  if (!key) return c.json({ error: 'Unauthorized' }, 401, { 'WWW-Authenticate': 'Bearer' });
  const found = await c.env.DB.prepare('select * from api_keys where digest = ?').bind(await sha256(key)).first();
  if (!found || found.revoked_at || (found.expires_at && found.expires_at <= Date.now())) {
    return c.json({ error: 'Unauthorized' }, 401, { 'WWW-Authenticate': 'Bearer error="invalid_token"' });
  }
  c.set('key', found);
  await next();
});

function allow(scope) {
  return async (c, next) => {
    const granted = c.get('key').permissions.split(' ');
    if (!granted.some((one) => one === '*' || one === 'CLIENT_TOKENS:*' || one === scope)) {
      return c.json({ error: 'Insufficient permissions' }, 403);
    }
    await next();
  };
}

const iso = (millis) => (millis === null ? null : new Date(millis).toISOString());

function view(row) {
  const value = `ct_${row.environment}_${row.id.slice(3).replaceAll('-', '')}`;
  return {
    id: row.id,
    name: row.name,
    flowIds: JSON.parse(row.flow_ids),
    defaultFlowId: row.default_flow_id,
    agentIds: JSON.parse(row.agent_ids),
    allowedOrigins: JSON.parse(row.allowed_origins),
    environment: row.environment,
    pinToVersion: row.pin_to_version,
    productSurfaceId: row.product_surface_id,
    targetAlias: row.target_alias,
    targetVersionId: row.target_version_id,
    rateLimitPerMinute: row.rate_limit_per_minute,
    rateLimitPerHour: row.rate_limit_per_hour,
    maxMessagesPerSession: row.max_messages_per_session,
    sessionIdleTimeoutMinutes: row.session_idle_timeout_minutes,
    config: JSON.parse(row.config),
    isActive: row.is_active === 1,
    tokenPrefix: `ct_${row.environment}`,
    tokenHint: value.slice(-4),
    tokenValue: value,
    lastUsedAt: iso(row.last_used_at),
    createdAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
  };
}

app.get('/v1/client-tokens/:id', allow('CLIENT_TOKENS:READ'), async (c) => {
  const { DB } = c.env;
  const id = c.req.param('id');
  const row = await DB.prepare('select * from client_tokens where id = ? and tenant_id = ? and deleted_at is null')
    .bind(id, c.get('key').tenant_id)
    .first();
  if (!row) return c.json({ error: 'Client token not found' }, 404);
  const count = await DB.prepare('select count(*) as n from conversations where client_token_id = ?').bind(id).first('n');
  return c.json({ clientToken: { ...view(row), conversationCount: count } });
});

app.get('/v1/client-tokens', allow('CLIENT_TOKENS:READ'), async (c) => {
  const limit = Number(c.req.query('limit') ?? 50);
  const offset = Number(c.req.query('offset') ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200 || !Number.isInteger(offset) || offset < 0) {
    return c.json({ error: 'Invalid query parameters' }, 400);
  }
  const { results } = await c.env.DB.prepare(
    `select t.*, (select count(*) from conversations where client_token_id = t.id) as conversations
     from client_tokens t
     where tenant_id = ? and deleted_at is null
     order by created_at desc, id desc
     limit ? offset ?`,
  )
    .bind(c.get('key').tenant_id, limit + 1, offset)
    .all();
  const shown = results.slice(0, limit).map((row) => ({ ...view(row), conversationCount: row.conversations }));
  return c.json({ clientTokens: shown, pagination: { limit, offset, hasMore: results.length > limit } });
});

const isText = (value, most) => typeof value === 'string' && value.trim() !== '' && value.length <= most;
const areTexts = (value, most) =>
  Array.isArray(value) && value.length <= most && value.every((one) => isText(one, 128));
const isLimit = (value, most) => value === null || (Number.isInteger(value) && value >= 1 && value <= most);

function isOrigin(text) {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

function faults(body) {
  const rules = {
    name: isText(body.name, 255),
    flowIds: areTexts(body.flowIds, 50),
    defaultFlowId: body.defaultFlowId === null || body.flowIds.includes?.(body.defaultFlowId),
    agentIds: areTexts(body.agentIds, 50),
    allowedOrigins: areTexts(body.allowedOrigins, 100) && body.allowedOrigins.length > 0 && body.allowedOrigins.every(isOrigin),
    rateLimitPerMinute: isLimit(body.rateLimitPerMinute, 1000),
    rateLimitPerHour: isLimit(body.rateLimitPerHour, 10_000),
    maxMessagesPerSession: isLimit(body.maxMessagesPerSession, 1000),
    sessionIdleTimeoutMinutes: isLimit(body.sessionIdleTimeoutMinutes, 1440),
    config: typeof body.config === 'object' && body.config !== null && !Array.isArray(body.config),
  };
  return Object.keys(rules).filter((path) => !rules[path]);
}

const DEFAULTS = {
  flowIds: [],
  defaultFlowId: null,
  agentIds: [],
  pinToVersion: 'latest',
  productSurfaceId: null,
  targetAlias: null,
  targetVersionId: null,
  rateLimitPerMinute: 10,
  rateLimitPerHour: 100,
  maxMessagesPerSession: 100,
  sessionIdleTimeoutMinutes: 30,
  config: {},
};

app.post('/v1/client-tokens', allow('CLIENT_TOKENS:WRITE'), async (c) => {
  const sent = await c.req.json().catch(() => null);
  if (typeof sent !== 'object' || sent === null) return c.json({ error: 'Invalid JSON' }, 400);
  const body = { ...DEFAULTS, ...sent };
  const wrong = faults(body);
  if (wrong.length > 0) return c.json({ error: 'Invalid request body', details: wrong.map((path) => ({ path })) }, 400);
  const row = newRow(body, c.get('key'));
  const places = Object.keys(row).fill('?').join(', ');
  const insert = c.env.DB.prepare(`insert into client_tokens (${COLUMNS_OF_NEW}) values (${places})`);
  await insert.bind(...Object.values(row)).run();
  const clientToken = view({ ...row, is_active: 1, last_used_at: null });
  return c.json({ clientToken, token: clientToken.tokenValue, warnings: [] }, 201);
});

/** In the order of `COLUMNS_OF_NEW`. */
function newRow(body, key) {
  const now = Date.now();
  return {
    id: `ct_${crypto.randomUUID()}`,
    tenant_id: key.tenant_id,
    environment: key.environment,
    signing_key_id: 1,
    name: body.name,
    flow_ids: JSON.stringify(body.flowIds),
    default_flow_id: body.defaultFlowId,
    agent_ids: JSON.stringify(body.agentIds),
    allowed_origins: JSON.stringify(body.allowedOrigins),
    pin_to_version: body.pinToVersion,
    product_surface_id: body.productSurfaceId,
    target_alias: body.targetAlias,
    target_version_id: body.targetVersionId,
    rate_limit_per_minute: body.rateLimitPerMinute,
    rate_limit_per_hour: body.rateLimitPerHour,
    max_messages_per_session: body.maxMessagesPerSession,
    session_idle_timeout_minutes: body.sessionIdleTimeoutMinutes,
    config: JSON.stringify(body.config),
    created_at: now,
    updated_at: now,
  };
}

export default app;
