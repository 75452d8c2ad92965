// Tools of a page, and a model that calls them.
import { DONE, begin, chunk, word } from '#support/upstream.mjs';

export const TOOLS = [
  { name: 'shop.add', description: 'Adds', parametersSchema: { type: 'object', properties: { id: { type: 'string' } } }, origin: 'webmcp' },
  { name: 'ask_user', description: 'Asks', parametersSchema: { type: 'object', properties: {} }, origin: 'sdk' },
];

export const ADD = { id: 'c1', function: { name: 'shop_add', arguments: '{"id":"x"}' } };
export const ASK = { id: 'c2', function: { name: 'ask_user', arguments: '' } };

/** A play that says `text` and calls tools, their arguments in fragments. */
export const calls = (text, ...tools) => (response) => {
  begin(response);
  if (text) response.write(word(text));
  for (const [index, { id, function: { name, arguments: json } }] of tools.entries()) {
    response.write(chunk({ delta: { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] } }));
    for (const piece of json.match(/.{1,4}/g) ?? []) {
      response.write(chunk({ delta: { tool_calls: [{ index, function: { arguments: piece } }] } }));
    }
  }
  response.end(chunk({ delta: {}, finish_reason: 'tool_calls' }) + DONE);
};
