// What is stored of conversations, and whether it is consistent.
import assert from 'node:assert/strict';

/** The messages of a conversation in order, as `[id, role, content, status, replyTo]`. */
export async function transcript(sql, conversation) {
  const text = 'select id, role, content, status, reply_to from messages where conversation_id = ?1 order by position';
  const rows = await sql(text, conversation);
  // The visitor's messages are kept as JSON, answers as the text they are.
  const said = (role, content) => (role === 'user' ? JSON.parse(content) : content);
  return rows.map(({ id, role, content, status, reply_to: replyTo }) => [id, role, said(role, content), status, replyTo]);
}

/** The sessions of a conversation: how often each has chatted, the oldest first. */
export async function chatCounts(sql, conversation) {
  const rows = await sql('select chat_count from sessions where conversation_id = ?1 order by started_at', conversation);
  return rows.map((row) => row.chat_count);
}

/** Every counter equals its rows, positions have neither gaps nor twins, and no message is answered twice. */
export async function holdTogether(sql) {
  const none = async (message, text) => assert.deepEqual(await sql(text), [], message);
  await none('message counts', `select id, message_count from conversations
where message_count <> (select count(*) from messages where conversation_id = conversations.id)`);
  await none('byte counts', `select id, byte_count from conversations
where byte_count <> (select coalesce(sum(bytes), 0) from messages where conversation_id = conversations.id)
  + (
    select coalesce(sum(octet_length(state) + octet_length(calls) + octet_length(outputs)), 0)
    from executions
    where conversation_id = conversations.id
  )`);
  await none('waiting executions', `select conversation_id, count(*) from executions
where claimed_at is null
group by conversation_id
having count(*) > 4`);
  await none('conversation counts', `select id, conversation_count from client_tokens
where conversation_count <> (
  select count(*) from conversations where client_token_id = client_tokens.id and deleted_at is null
)`);
  await none('positions', `select conversation_id, count(*), min(position), max(position) from messages
group by conversation_id
having min(position) <> 1 or max(position) <> count(*) or count(distinct position) <> count(*)`);
  await none('answers without a question', `select answers.conversation_id, answers.id from messages as answers
left join messages as questions
  on questions.conversation_id = answers.conversation_id and questions.id = answers.reply_to and questions.role = 'user'
where answers.role = 'assistant' and questions.id is null`);
  await none('two answers to one message', `select conversation_id, reply_to, count(*) from messages
where status = 'complete' and reply_to is not null
group by conversation_id, reply_to
having count(*) > 1`);
}
