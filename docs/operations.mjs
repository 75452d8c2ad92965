// The operations of the document: what each takes and answers, and how it is called.
import { html, joined, line, prose } from './html.mjs';
import { described, named } from './schemas.mjs';

const nameOf = (ref) => ref.slice(ref.lastIndexOf('/') + 1);
const block = (text) => html`<pre><code>${text}</code></pre>\n`;
const shown = (value) => block(typeof value === 'string' ? value : JSON.stringify(value, null, 2));
const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Every operation, in the document's order. */
export function operationsOf({ paths }) {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })));
}

function examples({ example, examples: list = {} }) {
  const several = Object.entries(list).map(([name, { value }]) => [name, value]);
  return example === undefined ? several : [['', example]];
}

/** How the operation is called from a shell, with the first example of its body. */
function call({ method, path, security, requestBody, parameters = [] }) {
  const required = parameters.filter((one) => one.required && one.in === 'path');
  const target = required.reduce((text, { name, example }) => text.replace(`{${name}}`, example ?? `{${name}}`), path);
  const [scheme] = security.map((one) => Object.keys(one)[0]);
  const json = requestBody?.content['application/json'];
  const [[, body] = []] = json ? examples(json) : [];
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`} "$API${target}"`,
    scheme && `-H "Authorization: Bearer $${scheme === 'bootstrapKey' ? 'BOOTSTRAP_KEY' : 'KEY'}"`,
    path.startsWith('/v1/client/') && `-H 'Origin: https://app.example.com'`,
    body && `-H 'Content-Type: application/json'`,
    body && `-d ${quoted(JSON.stringify(body, null, 2))}`,
  ].filter(Boolean).join(' \\\n  ');
}

function credential({ security }) {
  if (security.length === 0) return 'None.';
  const [[scheme, scopes]] = Object.entries(security[0]);
  if (scopes.length === 0) return html`The secret <code>BOOTSTRAP_KEY</code>.`;
  return html`An API key or session with ${joined(scopes.map((scope) => html`<code>${scope}</code>`), ', ')} (<a href="#auth-${scheme}">how</a>).`;
}

/** The schema itself, and its name if it has one. */
function resolved(schema, { components }) {
  const name = schema.$ref && nameOf(schema.$ref);
  return name ? { name, schema: components.schemas[name] } : { schema };
}

function body({ required, content }, document) {
  const { name, schema } = resolved(content['application/json'].schema, document);
  return html`<h4>Body${name && html`: <a href="#schema-${name}">${name}</a>`}${!required && ', may be left out'}</h4>
${described(schema)}`;
}

function takes({ parameters = [], requestBody }, document) {
  const list = parameters.map(({ in: place, ...one }) => ({ ...one, place }));
  return html`${list.length > 0 && html`<h4>Parameters</h4>\n${named(list)}`}${requestBody && body(requestBody, document)}`;
}

/** What a response has, below its status. */
export function response({ description, headers = {}, content = {} }, document) {
  const list = Object.entries(headers).map(([name, header]) => {
    const found = header.$ref ? document.components.headers[nameOf(header.$ref)] : header;
    return { ...found, name, required: false };
  });
  return html`<p>${line(description)}</p>
${Object.entries(content).map(([type, media]) => html`<p class="media">${type}</p>
${media.schema && described(media.schema)}${examples(media).map(([name, value]) => html`${name && html`<p>${name}</p>\n`}${shown(value)}`)}`)}${list.length > 0 && html`<p>Headers</p>\n${named(list)}`}`;
}

function answers({ responses }, document) {
  const own = Object.entries(responses).filter(([, one]) => !one.$ref);
  const shared = Object.entries(responses).filter(([, one]) => one.$ref).map(([status, { $ref }]) => [status, nameOf($ref)]);
  return html`<h4>Answers</h4>
${own.map(([status, one]) => html`<details><summary><code>${status}</code> ${line(one.description)}</summary>\n${response(one, document)}</details>\n`)}${shared.length > 0 && html`<dl class="fields statuses">
${shared.map(([status, name]) => html`<div><dt><a href="#response-${name}"><code>${status}</code></a></dt><dd>${line(document.components.responses[name].description)}</dd></div>\n`)}</dl>\n`}`;
}

/** The section of an operation. */
export function section(operation, document) {
  const { operationId: id, method, path, summary, description } = operation;
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h3 id="${id}-title">${line(summary)}</h3>
<p class="endpoint"><span class="method">${method}</span> <code>${path}</code></p>
${prose(description)}<p>Credential: ${credential(operation)}</p>
${takes(operation, document)}<h4>Example</h4>
${block(call(operation))}${answers(operation, document)}</section>
`;
}
