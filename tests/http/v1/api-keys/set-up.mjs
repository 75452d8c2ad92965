// A Worker, a key that may do everything, and what is asked about the keys that it makes.
import { after } from 'node:test';
import { start } from '#support/worker.mjs';

export const worker = await start();
after(() => worker.stop());
export const { api, sql } = worker;
export const { key, id: maker } = await worker.mintKey();

export const HOUR = 3_600_000;
export const WISH = { name: 'CI', permissions: ['CLIENT_TOKENS:READ'] };
export const iso = (fromNow) => new Date(Date.now() + fromNow).toISOString();
export const create = (body, as = key) => api('POST', '/v1/api-keys', { key: as, body });
export const made = async (wish, as) => (await create({ ...WISH, ...wish }, as)).json;
export const regenerate = (id, as = key) => api('POST', `/v1/api-keys/${id}/regenerate`, { key: as });
export const works = async (value) => (await api('GET', '/v1/client-tokens', { key: value })).status === 200;
