// A small HTTP server on 127.0.0.1 that plays an upstream.
import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * Starts one. `play(response, asked)` answers; it can be replaced at any time. Everything asked is kept, as
 * `{ method, path, headers, body, closed }`, where `closed` resolves when the connection of the answer is over.
 */
export async function startUpstream() {
  const asked = [];
  const server = createServer(async (incoming, response) => {
    const text = (await incoming.setEncoding('utf8').toArray()).join('');
    const { method, url: path, headers } = incoming;
    const closed = new Promise((resolve) => response.on('close', resolve));
    const question = { method, path, headers, body: text && JSON.parse(text), closed };
    asked.push(question);
    try {
      await upstream.play(response, question);
    } catch (error) {
      response.destroy(error);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream = {
    url: `http://127.0.0.1:${server.address().port}`,
    asked,
    /** The last thing asked. */
    get last() {
      return asked.at(-1);
    },
    play: async () => {
      throw new Error('nothing is played');
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return upstream;
}

/** Begins an event stream. */
export function begin(response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.flushHeaders();
}

/** A chunk of a chat completion with members of its own in `choices[0]`. */
export const chunk = (choice, more = {}) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [{ index: 0, ...choice }], ...more })}\n\n`;

export const word = (content) => chunk({ delta: { content } });
export const STOP = chunk({ delta: {}, finish_reason: 'stop' });
export const DONE = 'data: [DONE]\n\n';

/** A play that says these words as a chat completion. */
export const says = (...words) => (response) => {
  begin(response);
  response.end(words.map(word).join('') + STOP + DONE);
};

/** A frame of one's own backend. */
export const frame = (type, fields = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

/** A play that answers with these words as one's own backend does. */
export const answers = (...words) => (response, { body: { executionId } }) => {
  begin(response);
  response.write(frame('execution_start', { executionId, seq: 1, kind: 'flow' }));
  for (const [n, delta] of words.entries()) response.write(frame('text_delta', { executionId, seq: n + 2, id: 't1', delta }));
  response.end(frame('execution_complete', { executionId, seq: words.length + 2, kind: 'flow', success: true }));
};

/** A play that answers with these words in the language of the question. */
export const speaks = (...words) => (response, question) => (question.body.model ? says : answers)(...words)(response, question);

/** A promise with its key. */
export function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { opened, open };
}
