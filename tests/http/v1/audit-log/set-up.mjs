// A Worker, a key that may do everything, and what its tenant's log says.
import { after } from 'node:test';
import { start } from '#support/worker.mjs';

export const worker = await start();
after(() => worker.stop());
export const { api, sql } = worker;
export const { key, id: actor } = await worker.mintKey({ tenant: 'acme' });

export const ADDRESS = '203.0.113.7';

/** Asks the API from that address. */
export const ask = (method, path, { as = key, body } = {}) =>
  api(method, path, { key: as, body, headers: { 'CF-Connecting-IP': ADDRESS } });

/** The entries, newest first; `query` begins with `?`. */
export const log = async (query = '', as = key) => (await api('GET', `/v1/audit-log${query}`, { key: as })).json.auditLog;

export const actions = (entries) => entries.map(({ action }) => action);

/** The entries that `act` leads to, newest first, and what it gave. */
export async function logged(act) {
  const [last] = await log('?limit=1');
  const result = await act();
  const entries = await log();
  return { result, entries: entries.filter(({ position }) => position > (last?.position ?? 0)) };
}
