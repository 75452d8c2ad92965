// What a client token is held to, shown as it happens: nothing here is told in words that the API didn't say.

/**
 * Fills in what stands beside the chat. A page without a `tour`, the one of another origin, says what it was told instead.
 * Gives what the chat has to tell.
 */
export function show(api, tour) {
  const place = document.querySelector('#tour');
  place.hidden = false;
  if (!tour) {
    document.body.classList.add('strange');
    place.append(told(api));
    return { opened() {}, heard() {} };
  }
  const conversation = conversationOf(api, tour);
  place.append(stranger(tour), limit(api.apiUrl, tour), conversation.part);
  return conversation;
}

/** An element with attributes or properties, and what is in it. */
function make(name, given = {}, ...children) {
  const element = Object.assign(document.createElement(name), given);
  element.append(...children);
  return element;
}

function part(title, ...children) {
  return make('section', { ariaLabel: title }, make('h2', {}, title), ...children);
}

/** One request of the browser plane. */
function post(apiUrl, endpoint, body) {
  const headers = { 'Content-Type': 'application/json' };
  return fetch(`${apiUrl}/v1/client/${endpoint}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** This very page, from an origin that the token doesn't list. */
function stranger({ strange }) {
  return part(
    'The same page, from another origin',
    make('p', {}, 'Whoever copies the token into a page of their own gets this. Below is this page once more, from ', make('code', {}, strange), ', which the token does not list:'),
    make('iframe', { src: strange, title: 'The same page, from an origin that is not listed' }),
  );
}

/** What the API says to this page. */
function told({ apiUrl, clientToken }) {
  const answer = make('p', { className: 'answer', role: 'status' }, 'Asking…');
  post(apiUrl, 'init', { token: clientToken }).then(async (response) => {
    const { error, hint } = await response.json();
    answer.className = `answer ${response.ok ? 'good' : 'bad'}`;
    answer.replaceChildren(make('strong', {}, `${response.status} ${error ?? 'Admitted'}`), hint ? ` ${hint}` : '');
  });
  return answer;
}

/** A token that lets a visitor ask very little, and what happens then. */
function limit(apiUrl, { limited: { value, perMinute } }) {
  const list = make('ol', { className: 'asked' });
  const button = make('button', { type: 'button' }, `Ask ${perMinute + 1} times`);
  const status = make('p', { role: 'status' });
  button.onclick = async () => {
    button.disabled = true;
    list.replaceChildren();
    status.textContent = '';
    const wait = await askMuch(apiUrl, value, perMinute + 1, list).catch(() => status.append('The API could not be reached.'));
    if (wait) await countDown(wait, status);
    button.disabled = false;
  };
  return part(
    'A limit',
    make('p', {}, `Another token of this page admits ${perMinute} messages a minute from one visitor. No page can turn that off, and no other visitor is held up by it.`),
    make('p', {}, button),
    list,
    status,
  );
}

/** Asks so many times; gives the seconds to wait if it was refused. */
async function askMuch(apiUrl, token, times, list) {
  const { sessionId } = await (await post(apiUrl, 'init', { token })).json();
  for (let turn = 1; turn <= times; turn += 1) {
    const content = `Question ${turn}`;
    const response = await post(apiUrl, 'chat', { sessionId, messages: [{ id: crypto.randomUUID(), role: 'user', content }] });
    const line = make('li', { className: response.ok ? 'good' : 'bad' }, make('strong', {}, `${response.status}`), ' ');
    list.append(line);
    if (response.ok) {
      line.append(spoken(await response.text()));
      continue;
    }
    const { hint } = await response.json();
    const wait = response.headers.get('Retry-After');
    line.append(hint, make('br'), make('code', {}, `Retry-After: ${wait}`));
    return Number(wait);
  }
}

/** What was said in a stream of events. */
function spoken(stream) {
  const frames = [...stream.matchAll(/^data: (.*)$/gm)].map(([, text]) => JSON.parse(text));
  return frames.filter(({ type }) => type === 'text_delta').map(({ delta }) => delta).join('');
}

async function countDown(seconds, status) {
  for (let left = seconds; left > 0; left -= 1) {
    status.textContent = `It lifts in ${left} s.`;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  status.textContent = 'The next question is admitted.';
}

/** The chat as its owner finds it in the console. */
function conversationOf({ apiUrl, clientToken }, { console, keyFile, tokenId }) {
  const all = `${console}#/tokens/${tokenId}?tab=conversations`;
  const link = make('a', { className: 'button', href: all, target: '_blank', rel: 'noopener' }, 'Open the conversations');
  let sessionId;
  // The widget doesn't tell which conversation its session writes to; who has the session may ask.
  const lead = async () => {
    const { conversationId } = await (await post(apiUrl, 'init', { token: clientToken, sessionId })).json();
    link.href = `${console}#/conversations/${tokenId}/${conversationId}`;
    link.textContent = 'Open this conversation';
  };
  return {
    part: part(
      'What the owner sees',
      make('p', {}, 'Say something in the chat: the owner of the token finds it in the console, with who answered and how often the token was used or refused.'),
      make('p', {}, link),
      make('p', { className: 'minor' }, 'The console, ', make('code', {}, console), ', asks for the API key. It is in the file ', make('code', {}, keyFile), ' on the machine that runs the demo.'),
    ),
    opened(session, messages) {
      ({ sessionId } = session);
      if (messages.some(({ role }) => role === 'user')) lead();
    },
    heard(type) {
      if (type === 'execution_complete') lead();
    },
  };
}
