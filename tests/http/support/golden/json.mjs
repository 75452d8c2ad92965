// Writes JSON over lines as a person reads it, and leaves the order of members and the spelling of texts and numbers alone.

const TOKEN = /"(?:[^"\\]|\\.)*"|<[^>]*>|[[\]{},:]|[^\s[\]{},:"]+/g;
/** Up to so many characters stay on one line. */
const LINE = 100;

/** Whether a text is JSON as this service writes it, without blanks between. */
export function isCompact(text) {
  try {
    JSON.parse(text);
  } catch {
    return false;
  }
  return text.match(TOKEN).join('') === text;
}

/** The same value over lines; what was given a name in it stands as it is. */
export function overLines(text) {
  const tokens = text.match(TOKEN);
  let at = 0;
  const value = (indent) => {
    const begin = tokens[at++];
    if (begin !== '{' && begin !== '[') return begin;
    const end = begin === '{' ? '}' : ']';
    const items = [];
    while (tokens[at] !== end) {
      if (tokens[at] === ',') at += 1;
      let name = '';
      if (begin === '{') {
        name = `${tokens[at]}: `;
        at += 2;
      }
      items.push(name + value(`${indent}  `));
    }
    at += 1;
    const line = begin === '{' && items.length > 0 ? `{ ${items.join(', ')} }` : `${begin}${items.join(', ')}${end}`;
    if (line.length <= LINE && !line.includes('\n')) return line;
    return `${begin}\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}${end}`;
  };
  return value('');
}
