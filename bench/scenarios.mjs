// What is asked in each scenario, as the bytes that go over the wire.
// They are made beforehand, so that nothing but sending and receiving happens while the clock runs.

/** The name of every token that `create` makes, by which they are removed again. */
export const CREATED_NAME = 'Made by the benchmark';

const NEW_TOKEN = {
  name: CREATED_NAME,
  flowIds: ['flow_abc123def456'],
  defaultFlowId: 'flow_abc123def456',
  agentIds: ['agent_789xyz456uvw'],
  allowedOrigins: ['https://app.example.com', 'https://dashboard.example.com'],
  rateLimitPerMinute: 60,
  config: { welcomeMessage: 'Hello! How can we help?', placeholder: 'Ask us anything' },
};

/** The four scenarios; `ids` are of tokens that exist. `limit` bounds the requests of one measurement. */
export function scenarios(ids, key) {
  const one = (id) => `/v1/client-tokens/${id}`;
  return [
    { id: 'get', title: 'GET one', status: 200, requests: ids.map((id) => request('GET', one(id), key)) },
    { id: 'list', title: 'List 50', status: 200, requests: [request('GET', '/v1/client-tokens?limit=50', key)] },
    { id: 'create', title: 'Create', status: 201, limit: 400, requests: [creation(key)] },
    { id: 'forged', title: 'Forged key', status: 401, requests: forgeries(key).map((k) => request('GET', one(ids[0]), k)) },
  ];
}

function creation(key) {
  return request('POST', '/v1/client-tokens', key, JSON.stringify(NEW_TOKEN));
}

function request(method, path, key, body = '') {
  const type = body && 'Content-Type: application/json\r\n';
  const length = body && `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${key}\r\n${type}${length}\r\n`;
  return Buffer.from(head + body);
}

/** Keys that look right and were never made: two characters of a real one change places. */
function forgeries(key) {
  const swapped = Array.from({ length: 32 }, (_, n) => {
    const at = n + 16;
    return key.slice(0, at) + key[at + 1] + key[at] + key.slice(at + 2);
  });
  return swapped.filter((forged) => forged !== key);
}
