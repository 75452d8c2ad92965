// HTML from templates: whatever is put into one is escaped, unless it is HTML itself.

class Html {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function put(value) {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(put).join('');
  return `${value}`.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]);
}

export const html = (strings, ...values) => new Html(String.raw({ raw: strings }, ...values.map(put)));

/** HTML with `separator` between the parts. */
export const joined = (parts, separator) => parts.map((part, at) => (at ? html`${separator}${part}` : html`${part}`));

/** A line of a description, with `code` in back-quotes. */
export const line = (text) => text.split('`').map((part, at) => (at % 2 ? html`<code>${part}</code>` : html`${part}`));

/** A description: paragraphs with blank lines between. */
export const prose = (text = '') => text.split(/\n{2,}/).filter(Boolean).map((one) => html`<p>${line(one)}</p>\n`);
