// The contract's lists and example bodies, and the few words in which tests ask for faults.

/** Keys of a client token, in the order of the wire (contract section 2). */
export const TOKEN_FIELDS = [
  'id', 'name', 'flowIds', 'defaultFlowId', 'agentIds', 'allowedOrigins', 'environment', 'pinToVersion',
  'productSurfaceId', 'targetAlias', 'targetVersionId', 'rateLimitPerMinute', 'rateLimitPerHour',
  'maxMessagesPerSession', 'sessionIdleTimeoutMinutes', 'config', 'isActive', 'tokenPrefix', 'tokenHint',
  'tokenValue', 'lastUsedAt', 'createdAt', 'updatedAt',
];

/** The same after regenerate (section 3.7). */
export const REDUCED_FIELDS = [
  'id', 'name', 'flowIds', 'defaultFlowId', 'agentIds', 'allowedOrigins', 'environment', 'pinToVersion',
  'targetAlias', 'targetVersionId', 'isActive', 'tokenPrefix', 'tokenHint', 'tokenValue', 'createdAt', 'updatedAt',
];

/** Keys of an API key (section 4). */
export const KEY_FIELDS = [
  'id', 'name', 'environment', 'permissions', 'keyPrefix', 'keyHint', 'createdAt', 'lastUsedAt', 'expiresAt',
  'isActive', 'createdBy', 'previousKeyExpiresAt', 'previousKeyLastUsedAt',
];

export const SCOPES = [
  'CLIENT_TOKENS:READ', 'CLIENT_TOKENS:WRITE', 'CLIENT_TOKENS:DELETE', 'CLIENT_TOKENS:MINT', 'CLIENT_TOKENS:VERIFY',
  'API_KEYS:READ', 'API_KEYS:WRITE', 'TARGETS:READ', 'TARGETS:WRITE', 'AUDIT:READ',
];

/** The least that create takes. */
export const MINIMAL = { name: 'Support', allowedOrigins: ['https://app.example.com'] };

/** Settings other than any default, all of which an update can change, too. */
export const FULL = {
  name: 'Sales',
  flowIds: ['flow_a', 'flow_b'],
  defaultFlowId: 'flow_b',
  agentIds: ['agent_a'],
  allowedOrigins: ['https://shop.example.com', '*.example.org'],
  pinToVersion: 'v2',
  targetAlias: null,
  targetVersionId: 'version_7',
  rateLimitPerMinute: 7,
  rateLimitPerHour: null,
  maxMessagesPerSession: 70,
  sessionIdleTimeoutMinutes: 45,
  config: { theme: { colour: 'green' }, welcomeMessage: 'Hello' },
};

/** Well-formed ids that nothing has. */
export const UNKNOWN_TOKEN = 'ct_00000000-0000-7000-8000-00000000dead';
export const UNKNOWN_KEY = 'key_00000000-0000-7000-8000-00000000dead';

const endpoint = (scope, method, path, body) => ({ scope, method, path, body });
const tokens = (scope, ...rest) => endpoint(`CLIENT_TOKENS:${scope}`, ...rest);
const keys = (scope, ...rest) => endpoint(`API_KEYS:${scope}`, ...rest);
const targets = (scope, ...rest) => endpoint(`TARGETS:${scope}`, ...rest);

/** Every endpoint that names no id. */
export const COLLECTIONS = [
  tokens('READ', 'GET', '/v1/client-tokens'),
  tokens('WRITE', 'POST', '/v1/client-tokens', MINIMAL),
  keys('READ', 'GET', '/v1/api-keys'),
  keys('WRITE', 'POST', '/v1/api-keys', { name: 'Made', permissions: ['API_KEYS:WRITE'] }),
  targets('READ', 'GET', '/v1/targets'),
  endpoint('AUDIT:READ', 'GET', '/v1/audit-log'),
  tokens('VERIFY', 'POST', '/v1/client-tokens/verify', { token: 'ct_live_unknown' }),
];

/** Every endpoint of one token, the one that ends it last. */
export const ofToken = (id) => [
  tokens('READ', 'GET', `/v1/client-tokens/${id}`),
  tokens('WRITE', 'PUT', `/v1/client-tokens/${id}`, { name: 'Renamed' }),
  tokens('READ', 'GET', `/v1/client-tokens/${id}/token`),
  tokens('WRITE', 'POST', `/v1/client-tokens/${id}/regenerate`),
  tokens('MINT', 'POST', `/v1/client-tokens/${id}/mint`, {}),
  tokens('READ', 'GET', `/v1/client-tokens/${id}/conversations`),
  tokens('READ', 'GET', `/v1/client-tokens/${id}/feedback`),
  tokens('READ', 'GET', `/v1/client-tokens/${id}/conversations/export`),
  tokens('DELETE', 'DELETE', `/v1/client-tokens/${id}/conversations?userId=user_unknown`),
  tokens('READ', 'GET', `/v1/client-tokens/${id}/usage`),
  tokens('READ', 'GET', `/v1/client-tokens/${id}/observed-origins`),
  tokens('DELETE', 'DELETE', `/v1/client-tokens/${id}`),
];

/** Every endpoint of one API key, the one that ends it last. */
export const ofKey = (id) => [
  keys('READ', 'GET', `/v1/api-keys/${id}`),
  keys('WRITE', 'POST', `/v1/api-keys/${id}/regenerate`, { gracePeriodSeconds: 60 }),
  keys('WRITE', 'DELETE', `/v1/api-keys/${id}/previous-key`),
  keys('WRITE', 'DELETE', `/v1/api-keys/${id}`),
];

/** Every endpoint of one target, the one that ends it last. */
export const ofTarget = (id) => [
  targets('WRITE', 'PUT', `/v1/targets/${id}`, { upstream: { kind: 'echo' } }),
  targets('READ', 'GET', `/v1/targets/${id}`),
  targets('WRITE', 'POST', `/v1/targets/${id}/try`, { message: 'Hello' }),
  targets('WRITE', 'DELETE', `/v1/targets/${id}`),
];

/** `['path CODE', …]` of an answer's details; without a path or a code just the other. */
export const faults = ({ json: { details = [] } }) =>
  details.map(({ path, code }) => [path, code].filter(Boolean).join(' '));

/** A token without its value, which no failing test should print, and without the moment of its last change. */
export const settled = ({ tokenValue, updatedAt, ...rest }) => rest;

/** Creates a token and gives its resource. */
export async function createToken(api, key, body = {}) {
  const { status, json } = await api('POST', '/v1/client-tokens', { key, body: { ...MINIMAL, ...body } });
  if (status !== 201) throw new Error(`no token was made: ${JSON.stringify(json)}`);
  return json.clientToken;
}

/** Has targets of the key's tenant answered by the built-in echo, as an owner sets them up. */
export async function echoTargets(api, key, ...ids) {
  for (const id of ids) {
    const { status, text } = await api('PUT', `/v1/targets/${id}`, { key, body: { upstream: { kind: 'echo' } } });
    if (status >= 300) throw new Error(`no target was made: ${text}`);
  }
}
