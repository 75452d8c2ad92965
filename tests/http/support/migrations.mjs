// Reads the migrations as single statements, in order.
// It is here because D1's own `exec` ends a statement at every line, and triggers hold semicolons.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../../migrations');

export function migrations() {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.sql')).sort();
  return files.flatMap((name) => statements(readFileSync(join(FOLDER, name), 'utf8')));
}

/** Splits SQL whose statements end at a line's end, those of triggers at the line `end;`. */
function statements(sql) {
  const found = [];
  let statement = '';
  for (const line of sql.split('\n')) {
    const code = line.replace(/--.*/, '').trimEnd();
    statement += `${code}\n`;
    if (/\bbegin\b/i.test(statement) ? /^end;$/i.test(code) : code.endsWith(';')) {
      found.push(statement.trim());
      statement = '';
    }
  }
  return found;
}
