// Holds answers to openapi.json: a known operation answers with a status that the document has, and JSON as it says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

export const DOCUMENT = JSON.parse(readFileSync(join(import.meta.dirname, '../../../src/api/openapi.json'), 'utf8'));

// Clients must not stumble over a member that is new, so the document doesn't forbid any. Tests do.
export const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(DOCUMENT, 'published');
ajv.addSchema(closed(DOCUMENT), 'document');

/** Paths as patterns, those without parameters first. Pages find theirs under any prefix. */
const PATHS = Object.keys(DOCUMENT.paths)
  .sort((a, b) => a.includes('{') - b.includes('{'))
  .map((path) => {
    const prefix = path.startsWith('/v1/client/') ? '.*' : '';
    return { path, pattern: new RegExp(`^${prefix}${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`) };
  });

const compiled = new Map();

/** Validates an answer to a request; `json` is its body, if that was JSON. */
export function holdToTheDocument(method, target, status, json) {
  const [sent] = target.split('?');
  const found = PATHS.find(({ pattern }) => pattern.test(sent));
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = found && DOCUMENT.paths[found.path][verb];
  if (!operation) return;
  assert.ok(operation.responses[status], `${operation.operationId} answers ${status}, which openapi.json doesn't have`);
  if (json === undefined) return;
  const name = `${operation.operationId} ${status}`;
  if (!compiled.has(name)) compiled.set(name, validator(found.path, verb, status));
  const validate = compiled.get(name);
  assert.ok(validate(json), `${name}: ${ajv.errorsText(validate.errors)}`);
}

/** The schema of an answer, compiled. */
function validator(path, verb, status) {
  const response = DOCUMENT.paths[path][verb].responses[status];
  const place = ['paths', path, verb, 'responses', status].map(escaped).join('/');
  const at = response.$ref ?? `#/${place}`;
  return ajv.compile({ $ref: `document${at}/content/${escaped('application/json')}/schema` });
}

/** A step of a JSON pointer in a URI fragment. */
export function escaped(step) {
  return encodeURIComponent(`${step}`.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** The same schemas, in which an object has no other members than those that are listed. */
function closed(value) {
  if (Array.isArray(value)) return value.map(closed);
  if (value === null || typeof value !== 'object') return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]));
  const isOpen = copy.type === 'object' && copy.properties && copy.additionalProperties === undefined;
  return isOpen ? { ...copy, additionalProperties: false } : copy;
}
