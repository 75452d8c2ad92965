// What is expected of the Worker beside the others. Speed varies, so falling short is said and fails nothing.

/**
 * The least ratios of requests per second, the Worker's to another's, at the most connections: with one, the way there
 * and back takes most of the time.
 */
export const RATES = [
  { scenario: 'get', against: 'hono', atLeast: 1.6 },
  { scenario: 'list', against: 'hono', atLeast: 1.1 },
  { scenario: 'create', against: 'hono', atLeast: 1.1 },
  { scenario: 'forged', against: 'hono', atLeast: 4 },
  { scenario: 'forged', against: 'empty', atLeast: 0.6 },
  { scenario: 'initNew', against: 'hono', atLeast: 0.65 },
  { scenario: 'initKnown', against: 'hono', atLeast: 0.95 },
  { scenario: 'forgedToken', against: 'hono', atLeast: 4 },
  { scenario: 'forgedToken', against: 'empty', atLeast: 0.6 },
];

/** The largest parts of the Hono Worker's time, where the database and the limiters are far away. */
export const TIMES = [
  { scenario: 'get', atMost: 0.55 },
  { scenario: 'initNew', atMost: 0.6 },
];
