// Workers with several variables about upstreams, and what is asked about targets.
import { after } from 'node:test';
import { start } from '#support/worker.mjs';

export const worker = await start({
  bindings: {
    UPSTREAM_OPENAI_HOSTS: 'api.example.com, eu.example.com:8443',
    UPSTREAM_ACME_HOSTS: 'api.example.com', UPSTREAM_ACME_TENANTS: 'acme, sister',
    UPSTREAM_BROKEN_HOSTS: 'https://api.example.com',
  },
  variants: {
    withDefault: { DEFAULT_UPSTREAM: 'echo' },
    model: { DEFAULT_UPSTREAM: '{"kind":"openai","baseUrl":"https://api.example.com/v1","model":"gpt-x","systemPrompt":"Secret."}' },
    faulty: { DEFAULT_UPSTREAM: '{"kind":"openai"}' },
    private: { DEFAULT_UPSTREAM: '{"kind":"events","baseUrl":"http://localhost:9"}', ALLOW_PRIVATE_UPSTREAMS: 'off' },
    strict: { ALLOW_PRIVATE_UPSTREAMS: undefined },
  },
});
after(() => worker.stop());
export const { api, sql } = worker;
export const { key } = await worker.mintKey();

export const OPENAI = {
  kind: 'openai', baseUrl: 'https://api.example.com/v1', model: 'gpt-x', systemPrompt: 'Be kind.\nBe brief.',
  apiKeySecret: 'UPSTREAM_OPENAI',
};

export const put = (id, body, as = key) => api('PUT', `/v1/targets/${id}`, { key: as, body });
export const get = (id, as = key) => api('GET', `/v1/targets/${id}`, { key: as });
export const upstream = (fields) => ({ upstream: fields });
