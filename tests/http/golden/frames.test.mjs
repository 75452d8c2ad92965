// The streams of answers as pages see them, of flows and of agents, and what upstreams of each kind are asked for them.
import { test } from 'node:test';
import { scene } from '#support/golden/scene.mjs';
import { user } from '#support/page.mjs';
import { DONE, STOP, begin, chunk, frame, word } from '#support/upstream.mjs';

const TOOLS = [
  { name: 'shop.add', description: 'Adds', parametersSchema: { type: 'object', properties: { id: { type: 'string' } } }, origin: 'webmcp' },
  { name: 'ask_user', description: '', origin: 'sdk' },
];
const SECRET = 'the-key-of-the-upstream';
/** A play of a whole stream at once. */
const says = (...pieces) => (response) => {
  begin(response);
  response.end(pieces.join(''));
};
const call = (index, id, name, json) => chunk({ delta: { tool_calls: [{ index, id, type: 'function', function: { name, arguments: json } }] } });
const CALLED = chunk({ delta: {}, finish_reason: 'tool_calls' }) + DONE;
const OVERLOADED = 'data: {"error":{"type":"overloaded","code":"busy"}}\n\n';
const USAGE = 'data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3}}\n\n';

for (const kind of ['flow', 'agent']) {
  test(`streams of ${kind}s`, async () => {
    const s = await scene(`frames-${kind}`, `The streams of a ${kind} as pages see them, and what upstreams are asked for them.`, {
      bindings: { UPSTREAM_A: SECRET, UPSTREAM_A_HOSTS: '127.0.0.1' },
    });
    const { page, upstream, names } = s;
    names.secret(SECRET, 'the value of UPSTREAM_A');
    const { key } = await s.key();
    const id = (name) => `${kind}_${name}`;
    await s.target(key, id('echo'));
    await s.target(key, id('ai'), { kind: 'openai', model: 'model-1', systemPrompt: 'Be kind.', apiKeySecret: 'UPSTREAM_A' });
    await s.target(key, id('own'), { kind: 'events', apiKeySecret: 'UPSTREAM_A' });
    const ids = [id('echo'), id('ai'), id('own')];
    const token = (more) => s.token(key, { [`${kind}Ids`]: ids, rateLimitPerMinute: null, maxMessagesPerSession: null, ...more });
    const plain = await token();
    const worded = await token({ config: { failureMessage: 'Nothing came of it.', brokenMessage: 'It stopped here.' } });

    /** A visitor with a session; asks under titles that begin alike. */
    async function visitor(name, value = plain.tokenValue) {
      const { sessionId } = (await page(null, 'init', { token: value, flowId: id(name) })).json;
      const ask = (title, endpoint, body, play, options) => {
        if (play) upstream.play = play;
        return page(title && `${name}: ${title}`, endpoint, { sessionId, ...body }, { hears: true, ...options });
      };
      return {
        chat: (title, body, play, options) => ask(title, 'chat', { messages: [user('Hello', 'u1')], assistantMessageId: 'a1', ...body }, play, options),
        resume: (title, body, play, options) => ask(title, 'resume', body, play, options),
      };
    }
    /** A play that says `first`, and when the page has heard it, ends with `rest`; without one the connection breaks. */
    const then = (first, rest) => async (response) => {
      begin(response);
      response.write(first);
      await s.begun();
      if (rest === undefined) response.destroy();
      else response.end(rest);
    };
    const execution = ({ text }) => /"executionId":"([^"]+)"/.exec(text)[1];

    const echo = await visitor('echo');
    await echo.chat('an answer', { messages: [user('Hello there, "you" \u00e9\u2028😀', 'u1')] });
    await echo.chat('the same answer again', { messages: [user('Hello there, "you" \u00e9\u2028😀', 'u1')] });

    const ai = await visitor('ai');
    await ai.chat('an answer, with reasoning', { inputs: { plan: 'gold' }, context: { page: 'home' }, metadata: { a: 1 } }, says(
      chunk({ delta: { reasoning_content: 'Hm' } }), word('Fi'), word('ne'), word(' "x"\n'), STOP, USAGE, DONE,
    ));
    await ai.chat('the same answer again');
    await ai.chat('another turn', { messages: [user('Hello', 'u1'), { id: 'a1', role: 'assistant', content: 'Fine' }, user('And now?', 'u2')], assistantMessageId: 'a2' }, says(word('Well'), STOP, DONE));
    const tooled = await visitor('ai');
    const paused = await tooled.chat('calls of tools', { clientTools: TOOLS, clientToolsFingerprint: 'f1' }, says(
      word('Let me see.'), call(0, 'c1', 'shop_add', '{"id":'), chunk({ delta: { tool_calls: [{ index: 0, function: { arguments: '"x"}' } }] } }), call(1, 'c2', 'ask_user', ''), CALLED,
    ));
    const executionId = execution(paused);
    await tooled.resume('a result of nothing', { executionId, toolOutputs: { other: 1 } });
    await tooled.resume('the first result', { executionId, toolOutputs: { c1: { ok: true } } });
    await tooled.resume('the last result, and the answer', { executionId, toolOutputs: { ask_user: 'yes' } }, says(word('It is '), word('done.'), STOP, DONE));
    await tooled.resume('a result too late', { executionId, toolOutputs: { c1: 1 } });
    const long = await visitor('ai');
    const leg = await long.chat('a call as the first word', { clientTools: TOOLS }, says(call(0, 'c1', 'ask_user', '{}'), CALLED));
    const longId = execution(leg);
    for (let n = 1; n <= 16; n += 1) {
      const title = { 1: 'the second leg', 15: 'the last leg', 16: 'one leg too many' }[n];
      await long.resume(title, { executionId: longId, toolOutputs: { [`c${n}`]: n } }, says(call(0, `c${n + 1}`, 'ask_user', '{}'), CALLED));
    }

    // What fails once the answer has begun has a line of its own in the log.
    const fails = async (title, play, { value, body, causes = 1 } = {}) => (await visitor('ai', value)).chat(title, body, play, { causes });
    const refuses = (title, play) => fails(title, play, { causes: 0 });
    await refuses('refused before the first word', (response) => response.writeHead(400, { 'Content-Type': 'application/json' }).end('{"error":{"type":"bad","code":"c1","message":"No"}}'));
    await refuses('no stream', (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<b>'));
    await refuses('an error as the first word', says(OVERLOADED));
    const THOUGHT = chunk({ delta: { reasoning_content: 'Hm' } });
    await fails('fails behind reasoning', then(THOUGHT, OVERLOADED));
    await fails('fails behind reasoning, in the words of the token', then(THOUGHT, OVERLOADED), { value: worded.tokenValue });
    await fails('fails behind words', then(word('So far'), OVERLOADED));
    await fails('fails behind words, in the words of the token', then(word('So far'), OVERLOADED), { value: worded.tokenValue });
    await fails('breaks off behind words', then(word('So far')));
    await fails('ends without an end', then(word('So far'), ''));
    await fails('nothing is said', says(STOP, DONE), { causes: 0 });
    await fails('cut at its length', then(word('So far'), chunk({ delta: {}, finish_reason: 'length' }) + DONE), { causes: 0 });
    await fails('a tool that the page does not have', then(word('So'), call(0, 'c9', 'rm_rf', '{}') + CALLED), { body: { clientTools: TOOLS } });
    await fails('arguments that are no object', then(word('So'), call(0, 'c1', 'shop_add', '[1]') + CALLED), { body: { clientTools: TOOLS } });

    /** The frames of a backend, numbered from 1. */
    const told = (...events) => events.map(([type, more], n) => frame(type, { executionId: 'backend-1', seq: n + 1, ...more }));
    const delta = (text, id = 't1') => ['text_delta', { id, delta: text }];
    const START = ['execution_start', { kind }];
    const COMPLETE = ['execution_complete', { kind, success: true }];
    const tells = (...events) => says(...told(...events));
    const own = await visitor('own');
    const SPELLED = ': spelled as it comes\n\nevent: text_delta\ndata: {"type":"text_delta", "b":1.50,"executionId":"backend-1","seq":9,"id":"t1","delta":"\\u00e9"}\n\n';
    await own.chat('an answer', { inputs: { plan: 'gold' }, metadata: { a: 1 }, clientTools: TOOLS }, says(
      ...told(START, delta('Fi'), delta('ne'), ['something_new', { a: 1 }]), SPELLED, ...told(COMPLETE),
    ));
    await own.chat('the same answer again');
    const MORE = { messages: [user('Hello', 'u1'), user('More', 'u2')], assistantMessageId: 'a2' };
    await own.chat('line ends of another kind', MORE, says(told(delta('Fine'), COMPLETE).join('').replaceAll('\n', '\r\n')));
    const waiting = await visitor('own');
    const AWAIT = ['await', { toolName: 'shop.add', toolCallId: 'c1', parameters: { id: 'x' }, origin: 'webmcp' }];
    await waiting.chat('a call of a tool', { clientTools: TOOLS }, tells(delta('Let me see.'), AWAIT));
    await waiting.resume('the result, and the answer', { executionId: 'backend-1', toolOutputs: { c1: { ok: true } } }, tells(delta('Done.', 't2'), COMPLETE));
    await waiting.resume('a result too late', { executionId: 'backend-1', toolOutputs: { c1: 1 } });
    const answers = async (title, play, { value, causes = 0 } = {}) => (await visitor('own', value)).chat(title, {}, play, { causes });
    const [half] = told(delta('So far'));
    await answers('an approval', tells(['approval_start', { approvalId: 'ap1', toolName: 'pay' }]));
    await answers('a message that is put in', tells(['transcript_insert', { message: { id: 'm1', role: 'assistant', content: 'Inserted' } }], COMPLETE));
    await answers('refused before the first word', (response) => response.writeHead(500).end('Oh no'));
    await answers('ends without an end', then(half, ''));
    await answers('ends without a word', tells(START));
    await answers('breaks off behind words', then(half), { causes: 1 });
    await answers('breaks off behind words, in the words of the token', then(half), { causes: 1, value: worded.tokenValue });
    await answers('says itself that it failed', then(half, told(['execution_error', { kind, error: { code: 'E1', message: 'Own words' } }]).join('')), { causes: 1 });
    await answers('a frame that is none', says('event: text_delta\ndata: {"type":\n\n', ...told(COMPLETE)));
    s.close();
  });
}
