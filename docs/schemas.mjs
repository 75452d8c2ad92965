// Schemas of the document in words: what type a value has, its bounds, and the members of an object.
import { html, joined, line } from './html.mjs';

const nameOf = (ref) => ref.slice(ref.lastIndexOf('/') + 1);
const link = (name) => html`<a href="#schema-${name}">${name}</a>`;
const code = (value) => html`<code>${JSON.stringify(value)}</code>`;
const variants = ({ oneOf, anyOf }) => oneOf ?? anyOf;

/** The type in a few words, with links to named schemas. */
export function typeOf(schema) {
  if (schema.$ref) return link(nameOf(schema.$ref));
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return joined(schema.enum.map(code), ' or ');
  if (variants(schema)) return joined(variants(schema).map(typeOf), ' or ');
  const types = [schema.type ?? 'any value'].flat();
  return joined(types.map((type) => (type === 'array' && schema.items ? html`array of ${typeOf(schema.items)}` : type)), ' or ');
}

function between(from, to, one = '', many = one) {
  const counted = (number) => `${number} ${number === 1 ? one : many}`.trim();
  if (from !== undefined && to !== undefined) return `${from} to ${counted(to)}`;
  if (to !== undefined) return `at most ${counted(to)}`;
  return from ? `at least ${counted(from)}` : undefined;
}

const sentence = (text) => text && `${text[0].toUpperCase()}${text.slice(1)}.`;

/** What bounds a value, its default and its description; patterns are told by descriptions. */
function notes(schema) {
  const bounds = [
    between(schema.minimum, schema.maximum),
    between(schema.minLength, schema.maxLength, 'character', 'characters'),
    between(schema.minItems, schema.maxItems, 'entry', 'entries'),
    schema.format,
  ].filter(Boolean);
  const fallback = schema.default !== undefined && html`Default: ${code(schema.default)}.`;
  const told = [sentence(bounds.join(', ')), schema.description && line(schema.description), fallback];
  return joined(told.filter(Boolean), ' ');
}

const isObject = (schema) => schema?.properties && Object.keys(schema.properties).length > 0;

/** The members of an object, those of nested ones too, with dotted names. */
function members({ properties = {}, required = [] }, prefix = '') {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const own = { name: prefix + name, schema, isRequired: required.includes(name) };
    const [nested, step] = schema.items ? [schema.items, '[].'] : [schema, '.'];
    return isObject(nested) ? [own, ...members(nested, own.name + step)] : [own];
  });
}

const fields = (schema) => html`<dl class="fields">
${members(schema).map(({ name, schema: own, isRequired }) => html`<div><dt><code>${name}</code> <span class="type">${typeOf(own)}</span>${isRequired && html` <span class="required">required</span>`}</dt><dd>${notes(own)}</dd></div>\n`)}</dl>\n`;

/** A schema as it is told at the place that has it. */
export function described(schema) {
  const list = variants(schema);
  if (isObject(schema)) return fields(schema);
  if (!list?.some(isObject)) return html`<p>${typeOf(schema)}${!schema.$ref && html`. ${notes(schema)}`}</p>\n`;
  return list.map((one, at) => html`<p class="variant">${at ? 'Or' : 'Either'}${one.description && html`: ${line(one.description)}`}</p>\n${described(one)}`);
}

/** The same for a parameter or a header, which has a name beside its schema. */
export const named = (list) => html`<dl class="fields">
${list.map(({ name, place, required, description, schema }) => html`<div><dt><code>${name}</code> <span class="type">${typeOf(schema)}${place && ` in the ${place}`}</span>${required && html` <span class="required">required</span>`}</dt><dd>${notes({ ...schema, description: description ?? schema.description })}</dd></div>\n`)}</dl>\n`;
