// A Worker that is asked to create tokens, for the tests of create.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { MINIMAL, faults } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

export const worker = await start();
after(() => worker.stop());
export const { api } = worker;
export const { key } = await worker.mintKey();

export const create = (body, as = key) => worker.api('POST', '/v1/client-tokens', { key: as, body });
export const text = (length, character = 'x') => character.repeat(length);

/** Each wish must be granted as it stands. */
export async function granted(...wishes) {
  for (const wish of wishes) {
    const { status, json } = await create({ ...MINIMAL, ...wish });
    assert.equal(status, 201, JSON.stringify(json.details));
    for (const [field, value] of Object.entries(wish)) assert.deepEqual(json.clientToken[field], value);
  }
}

/** Each wish must be refused for exactly the one fault. */
export async function refused(fault, ...wishes) {
  for (const wish of wishes) {
    const answer = await create({ ...MINIMAL, ...wish });
    assert.equal(answer.status, 400, JSON.stringify(wish).slice(0, 200));
    assert.deepEqual(faults(answer), [fault], JSON.stringify(wish).slice(0, 200));
  }
}
