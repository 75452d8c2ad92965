// Character references in Markdown text (`&lt;`, `&#8212;`): the reader of Markdown leaves them as they are.

const NAMED: Record<string, string> = {
  amp: '&', apos: "'", copy: '©', gt: '>', hellip: '…', laquo: '«', ldquo: '“', lsquo: '‘', lt: '<', mdash: '—',
  nbsp: '\u00a0', ndash: '–', quot: '"', raquo: '»', rdquo: '”', reg: '®', rsquo: '’', times: '×', trade: '™', euro: '€',
};

/** The text with its references replaced; an unknown one stays as it was written. */
export function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z]{2,8}));/g, (whole, decimal, hex, name) => {
    if (name) return NAMED[name] ?? whole;
    return character(decimal ? Number(decimal) : parseInt(hex, 16));
  });
}

/** As HTML has it: no such character, a surrogate, or zero is the replacement character. */
function character(code: number): string {
  const isNone = code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return isNone ? '\ufffd' : String.fromCodePoint(code);
}
