// Verdicts in plain words, and what their edits would do.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { told, verdict } from './advice.ts';

const DOCUMENT = JSON.parse(readFileSync(new URL('../../../src/api/openapi.json', import.meta.url), 'utf8'));

test('every code that the API documents has words, and a later one is shown as it is', () => {
  for (const code of DOCUMENT.components.schemas.VerifyCode.enum) assert.doesNotMatch(verdict(code)[0], /The answer is/);
  assert.match(verdict('brand_new')[0], /brand_new/);
});

test('an edit is told by what it adds, for whoever may read the token and whoever may not', () => {
  const edit = { allowedOrigins: ['https://a.example', 'https://b.example'] };
  assert.deepEqual(told(edit, { allowedOrigins: ['https://a.example'] }), ['https://b.example joins the allowed origins.']);
  assert.deepEqual(told(edit), ['https://b.example joins the allowed origins.']);
  assert.deepEqual(told({ flowIds: ['b'] }, { flowIds: ['a'] }), ['b joins the flows, a leaves the flows.']);
  assert.deepEqual(told({ isActive: true }), ['The token is switched on.']);
  assert.deepEqual(told({ maxMessagesPerSession: 5 }), ['maxMessagesPerSession becomes 5.']);
});
