// Counts client tokens by signing key, and moves them to the key that signs, in pages that are transactions each.
//
// A value is derived from its token's row and its signing key, so a token that moves gets a new value and the old one
// dies: moving is regenerating. Started again, it goes on with what is left.
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { runLocally } from './local-sql.mjs';

const USAGE = `npm run rekey                     how many tokens each signing key carries
npm run rekey -- --move           moves all to the first key of TOKEN_KEYS: each gets a new value, the old one dies
npm run rekey -- --move --from 1  the same, of one key only
npm run rekey -- --page 100       at most so many in one transaction, 500 unless given
npm run rekey -- --remote         the same in the deployed database`;

const options = {
  move: { type: 'boolean', default: false },
  from: { type: 'string' },
  page: { type: 'string', default: '500' },
  remote: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

function fail(message) {
  console.error(message);
  process.exit(1);
}

function whole(name, text, max) {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > max) fail(`--${name} must be a whole number from 1 to ${max}.`);
  return number;
}

function parsed() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(`${error.message}\n\n${USAGE}`);
  }
}

async function runRemotely(sql) {
  const told = ['d1', 'execute', 'DB', '--remote', '--yes', '--json', '--command', sql];
  const { stdout } = await promisify(execFile)('wrangler', told, { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout).map(({ results }) => results);
}

const { move, from, page, remote, help } = parsed();
if (help) {
  console.log(USAGE);
  process.exit();
}
const limit = whole('page', page, 1_000);
const source = from === undefined ? undefined : whole('from', from, 255);
const ids = process.env.SIGNING_KEY_IDS.split(',').map(Number);
const [first] = ids;
if (source === first) fail(`Key ${first} is the one that tokens are moved to.`);
const run = remote ? runRemotely : runLocally;

const tokens = (count) => (count === 1 ? '1 token' : `${count} tokens`);

/** How many living tokens each signing key carries, those of the ring first. */
async function counts() {
  const [rows] = await run(`select signing_key_id as id, count(*) as tokens
from client_tokens
where deleted_at is null
group by signing_key_id
order by signing_key_id;`);
  const found = new Map(rows.map(({ id, tokens: count }) => [id, count]));
  return [...new Set([...ids, ...found.keys()])].map((id) => ({ id, count: found.get(id) ?? 0 }));
}

function tell(all) {
  for (const { id, count } of all) {
    const what = id === first ? ', which signs' : ids.includes(id) ? '' : ', which has left TOKEN_KEYS: their values are dead';
    console.log(`Key ${id}${what}: ${tokens(count)}`);
  }
}

/** Moves at most a page of tokens, and gives how many it moved. */
async function movePage() {
  const wanted = source === undefined ? `signing_key_id <> ${first}` : `signing_key_id = ${source}`;
  const [rows] = await run(`update client_tokens
set
  generation = generation + 1,
  signing_key_id = ${first},
  updated_at = max(cast(unixepoch('subsec') * 1000 as integer), updated_at + 1)
where id in (
  select id
  from client_tokens
  where deleted_at is null
    and ${wanted}
  limit ${limit}
)
returning id;`);
  return rows.length;
}

async function moveAll(due) {
  console.log(`Moving ${tokens(due)} to key ${first}. Each gets a new value, and pages that have the old one stop working.`);
  let moved = 0;
  for (let rows = limit; rows === limit;) {
    rows = await movePage();
    moved += rows;
    if (rows > 0) console.log(`${moved} of ${due} moved`);
  }
}

try {
  const all = await counts();
  tell(all);
  const due = all.filter(({ id }) => id !== first && (source === undefined || id === source));
  const sum = due.reduce((total, { count }) => total + count, 0);
  if (move && sum > 0) {
    await moveAll(sum);
    tell(await counts());
  } else if (sum > 0) {
    console.log(`To give ${tokens(sum)} a new value signed by key ${first}: npm run rekey -- --move`);
  } else {
    console.log('Nothing is left to move.');
  }
} catch (error) {
  fail(error.message);
}
