// The whole page: navigation, operations by tag, shared answers, schemas.
import { html, line, prose } from './html.mjs';
import { operationsOf, response, section } from './operations.mjs';
import { described } from './schemas.mjs';

const slug = (text) => text.toLowerCase().replaceAll(/\W+/g, '-');

function navigation(title, tags) {
  return html`<nav aria-label="Contents">
<p><a href="#content">${title}</a></p>
<ul>
<li><a href="#credentials">Credentials</a></li>
</ul>
${tags.map(({ name, operations }) => html`<p><a href="#${slug(name)}">${name}</a></p>
<ul>
${operations.map(({ operationId, method, summary }) => html`<li><a href="#${operationId}"><span class="method">${method}</span> ${line(summary)}</a></li>\n`)}</ul>
`)}<p><a href="#errors">Errors</a></p>
<p><a href="#schemas">Schemas</a></p>
</nav>
`;
}

const credentials = ({ components: { securitySchemes } }) => html`<section id="credentials" aria-labelledby="credentials-title">
<h2 id="credentials-title">Credentials</h2>
${Object.entries(securitySchemes).map(([name, { description }]) => html`<h3 id="auth-${name}">${name}</h3>
<p><code>Authorization: Bearer …</code></p>
${prose(description)}`)}</section>
`;

const errors = (document) => html`<section id="errors" aria-labelledby="errors-title">
<h2 id="errors-title">Errors</h2>
${Object.entries(document.components.responses).map(([name, one]) => html`<section id="response-${name}" aria-labelledby="response-${name}-title">
<h3 id="response-${name}-title">${name}</h3>
${response(one, document)}</section>
`)}</section>
`;

const schemas = ({ components }) => html`<section id="schemas" aria-labelledby="schemas-title">
<h2 id="schemas-title">Schemas</h2>
${Object.entries(components.schemas).map(([name, schema]) => html`<section id="schema-${name}" aria-labelledby="schema-${name}-title">
<h3 id="schema-${name}-title">${name}</h3>
${(schema.properties || schema.oneOf || schema.anyOf) && prose(schema.description)}${described(schema)}</section>
`)}</section>
`;

/** The operations of each tag, in the document's order. */
export function byTag(document) {
  const all = operationsOf(document);
  return document.tags.map(({ name }) => ({ name, operations: all.filter(({ tags }) => tags.includes(name)) }));
}

/** The page as text; `style` is the address of its style sheet. */
export function page(document, style) {
  const { title, version, description } = document.info;
  const tags = byTag(document);
  return `${html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${style}">
</head>
<body>
<a class="skip" href="#content">To the content</a>
${navigation(title, tags)}<main id="content">
<h1>${title} <small>${version}</small></h1>
${prose(description)}<p>For programs: <a href="/openapi.json">openapi.json</a>. For language models: <a href="/llms.txt">llms.txt</a>. In the examples <code>$API</code> is this page's origin and <code>$KEY</code> an API key.</p>
${credentials(document)}${tags.map(({ name, operations }) => html`<section id="${slug(name)}" aria-labelledby="${slug(name)}-title">
<h2 id="${slug(name)}-title">${name}</h2>
${operations.map((operation) => section(operation, document))}</section>
`)}${errors(document)}${schemas(document)}</main>
</body>
</html>
`}`;
}
