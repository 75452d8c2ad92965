// Model services with their accents (contract section 10): each stand-in refuses what its service refuses. There is no
// default upstream, as in a deployment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPENAI, stage } from '#support/stage.mjs';
import { holdTogether, transcript } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { SERVICES, plays } from '#support/services.mjs';
import { holdToTheNumbers, said } from '#support/stream.mjs';
import { DONE, STOP, begin, chunk, says, word } from '#support/upstream.mjs';

const SLOW = { timeout: 20_000 };
const NAMES = Object.keys(SERVICES);
const services = Object.fromEntries(NAMES.map((name) => [`agent_${name}`, { ...OPENAI, baseUrl: `/${name}`, model: name }]));
const { worker, upstream, visitor } = await stage({
  targets: {
    ...services,
    agent_plain: { ...OPENAI, baseUrl: '/plain' },
    agent_blind: { ...OPENAI, baseUrl: '/blind' },
    agent_files: { ...OPENAI, baseUrl: '/files' },
    agent_seen: { ...OPENAI, baseUrl: '/seen' },
    agent_named: { ...OPENAI, baseUrl: '/named', pictures: false },
    agent_patient: { ...OPENAI, baseUrl: '/patient', firstWordTimeoutMs: 1000, silenceTimeoutMs: 1000 },
  },
});
const { sql } = worker;
const TOOLS = [{ name: 'ask', description: '', parametersSchema: { type: 'object' }, origin: 'webmcp' }];
const PICTURE = [{ type: 'text', text: '' }, { type: 'image', image: 'aGk=', mimeType: 'image/png' }];
const since = () => {
  const from = upstream.asked.length;
  return () => upstream.asked.slice(from);
};
const refuses = (status, message, isBad) => (response, question) => {
  if (!isBad(question.body)) return says('Fine')(response, question);
  response.writeHead(status, { 'Content-Type': 'application/json' });
  return response.end(JSON.stringify({ error: { message } }));
};
const sent = (body) => JSON.stringify(body.messages);

for (const name of NAMES) {
  test(`200 for a plain chat: ${name}`, async () => {
    const one = await visitor(`agent_${name}`);
    upstream.play = plays(name);
    for (const times of [1, 2]) {
      const asked = since();
      const { status, frames, text } = await one.chat([user('Hello', `u${times}`)]);
      assert.equal(status, 200, text);
      holdToTheNumbers(frames);
      assert.deepEqual([said(frames), frames.at(-1).type], ['Fine', 'execution_complete']);
      if (times === 2) assert.equal(asked().length, 1, 'what it refuses is remembered');
      assert.ok(asked().every(({ body }) => body.user === undefined));
    }
    assert.equal((await transcript(sql, one.conversation))[1][2], 'Fine');
  });

  test(`200 for two parallel calls with their results: ${name}`, async () => {
    const one = await visitor(`agent_${name}`);
    upstream.play = plays(name);
    const { frames } = await one.chat([user('Hello', 'u1')], { clientTools: TOOLS });
    const awaits = frames.filter(({ type }) => type === 'await');
    assert.deepEqual(awaits.map(({ toolName, parameters }) => [toolName, parameters]), [['ask', { n: 1 }], ['ask', { n: 2 }]]);
    const ids = awaits.map(({ toolCallId }) => toolCallId);
    assert.ok(new Set(ids).size === 2 && ids.every((id) => id && id.length <= 128), 'the page has an id for each');
    const answer = await one.resume(frames[0].executionId, Object.fromEntries(ids.map((id) => [id, 'yes'])));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(said(answer.frames), 'Fine');
  });

  test(`200 for a turn after one that failed: ${name}`, async () => {
    const one = await visitor(`agent_${name}`);
    upstream.play = (response) => response.writeHead(500).end();
    assert.equal((await one.chat([user('Hello', 'u1')])).status, 502);
    upstream.play = plays(name);
    const { status, frames, text } = await one.chat([user('Hello', 'u1'), user('Again', 'u2')]);
    assert.equal(status, 200, text);
    assert.equal(said(frames), 'Fine');
  });
}

for (const name of NAMES) {
  test(`200 for a picture and for the turn after it, whether the model has eyes or not: ${name}`, async () => {
    const one = await visitor(`agent_${name}`);
    upstream.play = plays(name);
    const answer = await one.chat([user(PICTURE, 'u1')], { assistantMessageId: 'a1' });
    assert.equal(answer.status, 200, answer.text);
    const bubble = { id: 'a1', role: 'assistant', content: 'Fine' };
    const { frames } = await one.chat([user(PICTURE, 'u1'), bubble, user('And?', 'u2')]);
    assert.equal(said(frames), 'Fine');
  });
}

test('200 with neighbours of one role joined, from the first message of the visitor on', async () => {
  const one = await visitor('agent_plain');
  upstream.play = says('One answer.\n\nIn two bubbles.');
  await one.chat([user('First', 'u1')], { assistantMessageId: 'a1' });
  upstream.play = says('Fine');
  const bubbles = [
    { id: 'a1', role: 'assistant', content: 'One answer.' }, { id: 'a1_b', role: 'assistant', content: 'In two bubbles.' },
  ];
  await one.chat([user('First', 'u1'), ...bubbles, user('Second', 'u2'), user('Third', 'u3')]);
  assert.deepEqual(upstream.last.body.messages, [
    { role: 'user', content: 'First' }, { role: 'assistant', content: 'One answer.\n\nIn two bubbles.' },
    { role: 'user', content: 'Second\n\nThird' },
  ]);
  await one.chat([bubbles[0], bubbles[1], user('Fourth', 'u4')]);
  assert.deepEqual(upstream.last.body.messages, [{ role: 'user', content: 'Fourth' }], 'answers before the first question are left out');
});

test('200 for a picture that the model can\'t see, and for every turn after it', async () => {
  for (const status of [400, 404, 415, 422]) {
    const one = await visitor('agent_blind');
    upstream.play = refuses(status, 'no image input', (body) => sent(body).includes('image_url'));
    const asked = since();
    const { frames } = await one.chat([user(PICTURE, 'u1')], { assistantMessageId: 'a1' });
    assert.equal(said(frames), 'Fine');
    assert.deepEqual(upstream.last.body.messages, [{ role: 'user', content: '[image]' }]);
    const bubble = { id: 'a1', role: 'assistant', content: 'Fine' };
    assert.equal(said((await one.chat([user(PICTURE, 'u1'), bubble, user('And?', 'u2')])).frames), 'Fine');
    // Refused once, by the first one that came.
    assert.equal(asked().length, status === 400 ? 3 : 2);
  }
});

test('200 with its name for a file that is refused', async () => {
  const one = await visitor('agent_files');
  upstream.play = refuses(400, 'Invalid file data', (body) => sent(body).includes('file_data'));
  const file = [{ type: 'file', data: 'aGk=', mimeType: 'application/pdf', filename: 'a.pdf' }];
  assert.equal(said((await one.chat([user(file, 'u1')])).frames), 'Fine');
  assert.deepEqual(upstream.last.body.messages, [{ role: 'user', content: '[file: a.pdf]' }]);
});

test('200 for other visitors\' pictures after one that was refused, where the model has eyes', async () => {
  const bad = [{ type: 'image', image: 'YmFk', mimeType: 'image/png' }];
  upstream.play = refuses(400, 'could not process image', (body) => sent(body).includes('YmFk'));
  for (const picture of [PICTURE, bad, PICTURE]) await (await visitor('agent_seen')).chat([user(picture, 'u1')]);
  assert.match(sent(upstream.last.body), /image_url/);
});

test('502 for a refusal that asking without pictures doesn\'t mend, after one more try and no third', async () => {
  const one = await visitor('agent_seen');
  upstream.play = (response) => response.writeHead(400).end('no');
  const asked = since();
  assert.equal((await one.chat([user(PICTURE, 'u1')])).status, 502);
  assert.equal(asked().length, 2);
  assert.equal((await (await visitor('agent_seen')).chat('Hello')).status, 502);
  assert.equal(asked().length, 3, 'what holds no picture is asked once');
});

test('200 with a name in place of pictures where the target says that the model has no eyes', async () => {
  upstream.play = says('Fine');
  const asked = since();
  await (await visitor('agent_named')).chat([user([{ type: 'text', text: 'Look' }, ...PICTURE], 'u1')]);
  assert.deepEqual(asked().map(({ body }) => body.messages), [[{ role: 'user', content: 'Look\n[image]' }]]);
});

test('502 with the Retry-After of a service that is busy, and of no other', async () => {
  for (const [status, retryAfter, told] of [[429, '7', '7'], [503, '1.5', '2'], [429, 'soon', undefined], [500, '7', undefined]]) {
    upstream.play = (response) => response.writeHead(status, { 'Retry-After': retryAfter }).end();
    const { status: ours, headers } = await (await visitor('agent_plain')).chat('Hello');
    assert.deepEqual([ours, headers['retry-after']], [502, told], `${status} ${retryAfter}`);
  }
});

test('200 for an answer in one piece of JSON', async () => {
  const one = await visitor('agent_plain');
  upstream.play = (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify({ object: 'chat.completion', choices: [{ message: { content: 'Whole' }, finish_reason: 'length' }] }));
  };
  const { frames } = await one.chat('Hello');
  assert.equal(said(frames), 'Whole');
  assert.equal(frames.find(({ type }) => type === 'turn_complete').stopReason, 'length');
});

test('200 two seconds after a reason, though the line is held open', SLOW, async () => {
  const one = await visitor('agent_plain');
  upstream.play = (response) => {
    begin(response);
    response.write(word('Fine') + STOP);
  };
  const { frames } = await one.chat('Hello');
  assert.equal(frames.at(-1).type, 'execution_complete');
  await upstream.last.closed;
  assert.deepEqual((await transcript(sql, one.conversation))[1].slice(2, 4), ['Fine', 'complete']);
});

test('200 for a line that breaks behind the reason, and for a last event without its blank line', async () => {
  for (const end of [
    (response) => response.write(word('Fine') + STOP, () => setTimeout(() => response.destroy(), 50)),
    (response) => response.end(word('Fine') + STOP.trimEnd()),
    (response) => response.end(word('Fine') + DONE.trimEnd()),
  ]) {
    upstream.play = (response) => {
      begin(response);
      end(response);
    };
    const { frames } = await (await visitor('agent_plain')).chat('Hello');
    assert.deepEqual([said(frames), frames.at(-1).type], ['Fine', 'execution_complete']);
  }
});

test('200 for a character that is cut in two, on a service and on its way to the store', async () => {
  const one = await visitor('agent_plain');
  upstream.play = (response) => {
    begin(response);
    const half = (escape) => word('X').replace('X', escape);
    response.end(half(String.raw`a\ud83d`) + half(String.raw`\ude00b`) + half(String.raw`c\ud83d`) + STOP + DONE);
  };
  const { frames } = await one.chat('Hello');
  assert.equal(said(frames), 'a😀bc\ufffd');
  assert.equal((await transcript(sql, one.conversation))[1][2], 'a😀bc\ufffd');
});

test('502 or execution_error for a failure that looks like an end', async () => {
  const failures = [
    'event: error\ndata: {"message":"x"}\n\n', 'event: error\n\n', 'data: {"text":"x","error_code":50001}\n\n',
    chunk({ delta: {}, error: { code: 502 } }), chunk({ delta: {}, finish_reason: 'insufficient_system_resource' }), '',
  ];
  for (const failure of failures) {
    for (const words of ['', word('Half')]) {
      upstream.play = (response) => {
        begin(response);
        response.write(words);
        setTimeout(() => response.end(failure + (words ? '' : DONE)), words ? 100 : 0);
      };
      const one = await visitor('agent_plain');
      const answer = await one.chat([user('Hello', 'u1')]);
      if (words) assert.equal(answer.frames.at(-1).type, 'execution_error', failure);
      else assert.equal(answer.status, 502, failure);
      const kept = (await transcript(sql, one.conversation)).slice(1).map(([, , content, status]) => [content, status]);
      assert.deepEqual(kept, words ? [['Half', 'partial']] : []);
    }
  }
});

test('502 after the target\'s own patience for the first word, execution_error after that for silence', SLOW, async () => {
  upstream.play = (response) => begin(response);
  assert.equal((await (await visitor('agent_patient')).chat('Hello')).status, 502);
  upstream.play = (response) => {
    begin(response);
    response.write(word('Half'));
  };
  const { frames } = await (await visitor('agent_patient')).chat('Hello');
  assert.equal(frames.at(-1).error.code, 'upstream_timeout');
});

test('what was stored holds together', () => holdTogether(sql));
