// Stand-ins for model services: each refuses what that service refuses, with its status and in its words, and says what it
// says, chunk by chunk. The call is of the first tool that is offered.
import { DONE, begin, chunk, word } from './upstream.mjs';

const json = (response, status, body) => {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
};
const error = (message) => ({ error: { message, type: 'invalid_request_error' } });
const isCall = ({ tool_calls: calls }) => calls?.length > 0;
const holdsPictures = ({ messages }) =>
  messages.some(({ content }) => Array.isArray(content) && content.some(({ type }) => type === 'image_url'));

/** What is wrong with members that a strict schema doesn't know, `[status, body]`. */
const strict = (known) => (body) => {
  const other = Object.keys(body).find((name) => !known.includes(name));
  return other && [422, { detail: [{ type: 'extra_forbidden', loc: ['body', other], msg: 'Extra inputs are not permitted' }] }];
};

/** What is wrong with the order of roles, where they must alternate from a visitor's message on. */
function alternating({ messages }) {
  let expected = 'user';
  let results = 0;
  for (const message of messages.filter(({ role }) => role !== 'system')) {
    const { role } = message;
    if (role === 'tool' && results > 0) results -= 1;
    else if (role !== expected) return [400, error('After the optional system message(s), user and assistant roles should be alternating.')];
    else if (isCall(message)) results = message.tool_calls.length;
    else expected = role === 'user' ? 'assistant' : 'user';
  }
  return expected === 'user' && results > 0 ? [400, error('results are missing')] : undefined;
}

/** What is wrong where a call or its answer doesn't come back as it was given. */
const given = (isRight, message) => ({ messages }) => {
  const call = messages.find(isCall);
  return call && !isRight(call, messages) ? [400, error(message)] : undefined;
};

const usage = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 };
const END = chunk({ delta: {}, finish_reason: 'stop' }, { usage }) + DONE;
const CALLED = chunk({ delta: {}, finish_reason: 'tool_calls' }) + DONE;
const call = (index, id, name, n, more) => ({ index, id, type: 'function', function: { name, arguments: JSON.stringify({ n }) }, ...more });
const calls = (...list) => chunk({ delta: { tool_calls: list } });

/** What is wrong with a picture, where the model has no eyes. */
const blind = (status, message) => (body) => holdsPictures(body) && [status, error(message)];

/** An answer, and two calls, as the original says them. */
const PLAIN = { says: () => [word('Fi'), word('ne'), END], calls: (name) => [calls(call(0, 'a1', name, 1)), calls(call(1, 'a2', name, 2)), CALLED] };

const LONG = `call__thought__${'A'.repeat(800)}`;
const SIGNED = { extra_content: { google: { thought_signature: 'c2lnbmVk' } } };

/** By name: what each refuses, how it says "Fine", and how it calls the tool `name` twice. */
export const SERVICES = {
  mistral: {
    refuses: [
      strict(['model', 'messages', 'stream', 'tools', 'max_tokens', 'temperature']),
      given(({ tool_calls: list }) => list[0].id === 'D681PevKs', 'Unexpected tool call id'),
    ],
    says: () => [
      chunk({ delta: { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] } }),
      chunk({ delta: { content: [{ type: 'text', text: 'Fi' }, { type: 'reference', reference_ids: [1] }] } }),
      chunk({ delta: { content: 'ne' }, finish_reason: 'stop' }, { usage }), DONE,
    ],
    calls: (name) => [calls(call(0, 'D681PevKs', name, 1), call(1, 'xK2mQ9aaZ', name, 2)), CALLED],
  },
  gemini: {
    refuses: [
      ({ tools = [] }) => tools.some(({ function: { parameters } }) => !parameters.properties)
        && [400, [error('parameters.properties: should be non-empty for OBJECT type')]],
      given(({ tool_calls: [first, second] }) => first.extra_content?.google?.thought_signature === 'c2lnbmVk' && !second.extra_content,
        'Function call is missing a thought_signature'),
    ],
    says: () => [chunk({ delta: { content: 'Fine' }, finish_reason: 'stop' }, { usage: { ...usage, total_tokens: 99 } }), DONE],
    calls: (name) => [calls(call(0, 'f1', name, 1, SIGNED)), calls(call(0, 'f2', name, 2)), chunk({ delta: {}, finish_reason: 'stop' }), DONE],
  },
  deepseek: {
    refuses: [
      (body) => holdsPictures(body) && [422, error('messages[0]: unknown variant `image_url`, expected `text`')],
      given(({ reasoning_content: thought }) => thought === 'I ask.', 'The `reasoning_content` in the thinking mode must be passed back'),
    ],
    says: () => [
      ': keep-alive\n\n', 'data:\n\n', chunk({ delta: { reasoning_content: 'Hm', content: null } }), word('Fi'), word('ne'),
      END.replace(DONE, 'data: [DONE] '),
    ],
    calls: (name) => [
      chunk({ delta: { reasoning_content: 'I ' } }), chunk({ delta: { reasoning_content: 'ask.' } }),
      calls(call(0, LONG, name, 1)), calls(call(0, 'c2', name, 2)), CALLED,
    ],
  },
  openai: { ...PLAIN, refuses: [strict(['model', 'messages', 'stream', 'stream_options', 'tools', 'user'])] },
  azure: {
    ...PLAIN,
    refuses: [({ stream_options: options }) => options && [400, error('Unrecognized request argument supplied: stream_options')]],
  },
  cohere: { ...PLAIN, refuses: [strict(['model', 'messages', 'stream', 'tools', 'max_tokens', 'temperature']), blind(400, 'no images')] },
  kimi: {
    refuses: [
      given(({ tool_calls: list, reasoning_content: thought }, messages) =>
        list[0].id === 'functions.ask:0' && thought === 'hm' && messages.at(-1).tool_call_id === 'functions.ask:1', 'tool_call_id is not found'),
    ],
    says: () => [word('Fine'), chunk({ delta: {}, finish_reason: 'stop', usage }), DONE],
    calls: (name) => [
      chunk({ delta: { reasoning_content: 'hm' } }), calls(call(0, 'functions.ask:0', name, 1), call(1, 'functions.ask:1', name, 2)), CALLED,
    ],
  },
  openrouter: {
    refuses: [
      blind(404, 'No endpoints found that support image input'),
      given(({ reasoning_details: [first] = [] }) => first?.text === 'I ask.' && first.signature === 's', 'Invalid signature in thinking block'),
    ],
    says: () => [': OPENROUTER PROCESSING\n\n', chunk({ delta: { reasoning: 'Hm' } }), word('Fine'), END],
    calls: (name) => [
      ...[{ text: 'I ' }, { text: 'ask.' }, { signature: 's' }].map((piece) =>
        chunk({ delta: { reasoning_details: [{ type: 'reasoning.text', ...piece, index: 0 }] } })),
      calls(call(0, 't1', name, 1), call(1, 't2', name, 2)), CALLED,
    ],
  },
  vllm: {
    refuses: [alternating, blind(400, 'gemma is not a multimodal model')],
    says: PLAIN.says,
    calls: (name) => [calls(call(0, 'v1', name, 1)), calls(call(0, 'v2', name, 2)), CALLED],
  },
  ollama: {
    refuses: [],
    says: () => [word('Fine'), chunk({ delta: { content: '' }, finish_reason: 'stop' }), DONE],
    calls: (name) => [calls(call(0, 'call_a', name, 1)), calls(call(0, 'call_b', name, 2)), CALLED],
  },
  perplexity: {
    refuses: [alternating],
    says: () => ['event: ping\ndata: ok\n\n', word('Fine'), END],
    calls: (name) => [calls({ ...call(0, undefined, name, 1) }), calls({ ...call(0, undefined, name, 2) }), CALLED],
  },
};

/** A play of the service of this name, which answers, or calls the first tool that is offered until it has results. */
export const plays = (name) => (response, { body }) => {
  const { refuses, says, calls: asks } = SERVICES[name];
  const refusal = refuses.map((check) => check(body)).find(Boolean);
  if (refusal) return json(response, ...refusal);
  const isAnswered = body.messages.at(-1).role === 'tool';
  begin(response);
  const tool = body.tools?.[0].function.name;
  response.end((tool && !isAnswered ? asks(tool) : says()).join(''));
};
