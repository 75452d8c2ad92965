// Makes src/domain/origin/public_suffixes.txt of the public suffix list: node scripts/public-suffixes.mjs LIST [FILE]
// LIST is the file public_suffix_list.dat, which publicsuffix.org and several packages carry.
import { readFileSync, writeFileSync } from 'node:fs';
import { domainToASCII } from 'node:url';

const [from, to = 'src/domain/origin/public_suffixes.txt'] = process.argv.slice(2);
/** A rule: an exception, a wildcard over a name, or a name. */
const RULE = /^(!|\*\.)?([\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)*)$/u;

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** The rules of both sections. No entry of a token can stand over a name of one label. */
function rulesOf(list) {
  // A rule ends at the first blank.
  const lines = list.split('\n').map((line) => line.trim().split(/\s/)[0]).filter((line) => line && !line.startsWith('//'));
  const rules = lines.map((line) => {
    const [, kind = '', name] = RULE.exec(line) ?? fail(`This is no rule: ${line}`);
    return `${kind}${domainToASCII(name) || fail(`This is no name: ${name}`)}`;
  });
  return [...new Set(rules.filter((rule) => rule.includes('.')))].sort();
}

if (!from) fail('Name the file of the list: node scripts/public-suffixes.mjs public_suffix_list.dat');
const list = readFileSync(from, 'utf8');
const [, version] = /^\/\/ VERSION: (\S+)$/m.exec(list) ?? [];
const isWhole = ['===END ICANN DOMAINS===', '===END PRIVATE DOMAINS==='].every((mark) => list.includes(mark));
if (!version || !isWhole) fail(`${from} is not the whole public suffix list, or of a form that doesn't say its version.`);

const rules = rulesOf(list);
writeFileSync(to, `# The public suffix list (publicsuffix.org), version ${version}: its rules with a dot, in the order of their bytes.
# Made by scripts/public-suffixes.mjs; not to be edited.
# This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was not
# distributed with this file, You can obtain one at https://mozilla.org/MPL/2.0/.
${rules.join('\n')}
`);
console.log(`${to}: ${rules.length} rules of the version ${version}.`);
