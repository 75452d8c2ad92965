// What is asked in each scenario: by servers here, by pages in pages.mjs.
import { pageScenarios } from './pages.mjs';
import { forgeries, request } from './wire.mjs';

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

/**
 * All scenarios; `ids` are of tokens that exist, `values` some tokens' values, and `sessions` are open. What writes has
 * a `limit` of requests in one measurement, and is tidied up after. What stands in `before` is sent first and not measured.
 * One that `goesOn` begins each measurement where the last one ended; one that `isAlone` is measured of our Worker only.
 */
export function scenarios({ ids, key, values, sessions }) {
  const one = (id, as) => request('GET', `/v1/client-tokens/${id}`, bearer(as));
  const list = request('GET', '/v1/client-tokens?limit=50', bearer(key));
  const create = request('POST', '/v1/client-tokens', bearer(key), NEW_TOKEN);
  return [
    { id: 'get', title: 'GET one', status: 200, requests: ids.map((id) => one(id, key)) },
    { id: 'list', title: 'List 50', status: 200, requests: [list] },
    { id: 'create', title: 'Create', status: 201, limit: 400, requests: [create] },
    { id: 'forged', title: 'Forged key', status: 401, requests: forgeries(key).map((forged) => one(ids[0], forged)) },
    ...pageScenarios(values, sessions),
  ];
}

const bearer = (key) => ({ Authorization: `Bearer ${key}` });
