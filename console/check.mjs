// Checks the console's types against the API's description, whose types it writes into console/generated first.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapi, { astToString } from 'openapi-typescript';

const HERE = import.meta.dirname;
const document = new URL('../src/api/openapi.json', import.meta.url);

// What has a default may be left out of a request, and a plain object may have any member.
const types = astToString(await openapi(document, { defaultNonNullable: false, emptyObjectsUnknown: true }));
mkdirSync(join(HERE, 'generated'), { recursive: true });
writeFileSync(join(HERE, 'generated/openapi.d.ts'), types);
const compiler = join(HERE, '../node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '--project', HERE], { stdio: 'inherit' });
process.exit(status ?? 1);
