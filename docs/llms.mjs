// llms.txt, as llmstxt.org has it: what the service is, and where each operation is described.
import { byTag } from './page.mjs';

const flat = (text) => text.replaceAll(/\s+/g, ' ');

function operation({ operationId, method, path, summary, security }) {
  const [scopes = []] = security.map((one) => Object.values(one)[0]);
  return `- [${flat(summary)}](/docs/#${operationId}): \`${method} ${path}\`${scopes.length > 0 ? `, needs ${scopes.join(', ')}` : ''}`;
}

/** The file as text. */
export function llms(document) {
  const { title, description } = document.info;
  const [first, ...rest] = description.split('\n\n');
  const sections = byTag(document).map(({ name, operations }) => `## ${name}\n\n${operations.map(operation).join('\n')}\n`);
  return `# ${title}

> ${flat(first)}

${rest.map(flat).join('\n\n')}

Servers authenticate with \`Authorization: Bearer <API key>\`; pages send a client token to \`/v1/client/init\` and the
session id that it answers to \`/v1/client/chat\`. Every refusal is JSON with \`error\`, and where it helps \`details\`
(path, code, suggestion) and \`hint\`.

## Reference

- [OpenAPI 3.1 document](/openapi.json): every operation of both planes with schemas and examples
- [The same for people](/docs/): one HTML page without scripts

${sections.join('\n')}`;
}
