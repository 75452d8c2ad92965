// Puts rows into the database past the Worker, many in one statement.

const START = Date.UTC(2025, 0, 1);
const NUMBERS = 'with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ?1)';

/** The id of the `n`th seeded row; `series` keeps several seeds apart. */
export const seededId = (prefix, series, n) =>
  `${prefix}_${series.toString(16).padStart(8, '0')}-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** `count` tokens, the last one newest; every `testEvery`th one is a test token. */
export function seedTokens(sql, { tenant, count, series, testEvery = count + 1 }) {
  return sql(
    `insert into client_tokens (
  id, tenant_id, environment, signing_key_id, name, flow_ids, agent_ids, allowed_origins, config, created_at, updated_at
)
${NUMBERS}
select printf('ct_%08x-0000-7000-8000-%012x', ?3, n), ?2, case n % ?4 when 0 then 'test' else 'live' end, 1,
  'Token ' || n, '[]', '[]', '["https://app.example.com"]', '{}', ?5 + n, ?5 + n
from numbers`,
    count, tenant, series, testEvery, START,
  );
}

/** `count` conversations of `token`, the last one latest, with the targets flow_0, flow_1 and flow_2 in turn. */
export function seedConversations(sql, { token, count, series }) {
  return sql(
    `insert into conversations (
  id, client_token_id, name, first_message, target_id, origin, message_count, created_at, updated_at
)
${NUMBERS}
select printf('conv_%08x-0000-7000-8000-%012x', ?3, n), ?2, 'Talk ' || n, 'Question ' || n, 'flow_' || (n % 3),
  'https://app.example.com', n, ?4, ?4 + n
from numbers`,
    count, token, series, START,
  );
}

/** `count` messages of a conversation, m1, m2, …: the visitor asks, the next one answers. */
export function seedMessages(sql, { conversation, count }) {
  return sql(
    `insert into messages (conversation_id, id, position, role, content, reply_to, created_at)
${NUMBERS}
select ?2, 'm' || n, n, case n % 2 when 1 then 'user' else 'assistant' end,
  case n % 2 when 1 then json_quote('Text ' || n) else 'Text ' || n end,
  case n % 2 when 0 then 'm' || (n - 1) end, ?3 + n
from numbers`,
    count, conversation, START,
  );
}

/** `count` upvotes of `token`, the last one newest, each of its own session. */
export function seedFeedback(sql, { token, count, series }) {
  return sql(
    `insert into feedback (
  id, client_token_id, conversation_id, session_started_at, type, message_id, created_at, updated_at
)
${NUMBERS}
select printf('fb_%08x-0000-7000-8000-%012x', ?3, n), ?2, printf('conv_%08x-0000-7000-8000-%012x', ?3, n), ?4 + n,
  'upvote', 'm' || n, ?4 + n, ?4 + n
from numbers`,
    count, token, series, START,
  );
}
